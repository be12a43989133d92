// Batched matrix product, one block of the result an invocation, kept in registers; block(b, m, n) is generated, m and n count blocks.
// ACROSS says what differs between neighbouring invocations. 0: the batch, the bins of a spectrum, where matrices are small and the batch is what lies
// side by side in memory. 1, 2: blocks along m or n, SIDE of them; the others of a workgroup are next to each other along the other axis.

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>, @builtin(local_invocation_index) local: u32) {
  let g = i32(group.y * groups.x + group.x);
  if (ACROSS == 0) {
    const TALL = (BATCH + WORKGROUP - 1) / WORKGROUP;
    let b = g % TALL * WORKGROUP + i32(local);
    let m = g / TALL / BLOCKS_N;
    if (b < BATCH && m < BLOCKS_M) {
      block(b, m, g / TALL % BLOCKS_N);
    }
    return;
  }
  const OTHERS = WORKGROUP / SIDE;
  const WIDE = (select(BLOCKS_M, BLOCKS_N, ACROSS == 2) + SIDE - 1) / SIDE;
  const NARROW = (select(BLOCKS_N, BLOCKS_M, ACROSS == 2) + OTHERS - 1) / OTHERS;
  let wide = g % WIDE * SIDE + i32(local) % SIDE;
  let narrow = g / WIDE % NARROW * OTHERS + i32(local) / SIDE;
  let m = select(wide, narrow, ACROSS == 2);
  let n = select(narrow, wide, ACROSS == 2);
  let b = g / (WIDE * NARROW);
  if (b < BATCH && m < BLOCKS_M && n < BLOCKS_N) {
    block(b, m, n);
  }
}
