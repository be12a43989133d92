// Batched matrix product, one TILE_M × TILE_N block of the result an invocation, kept in registers.
// load_a(b, m, k), load_b(b, k, n) and store(b, m, n, value) are generated, and so is block(b, m, n), which holds the loop over k.
// Neighbouring invocations differ in n (rows of the result are written side by side), or in b where BATCH_FIRST is set: the
// frequency bins of a spectrum, where matrices are small and the batch is what lies side by side in memory.

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>, @builtin(local_invocation_index) local: u32) {
  let i = i32((group.y * groups.x + group.x) * WORKGROUP + local);
  if (i >= BATCH * BLOCKS_M * BLOCKS_N) {
    return;
  }
  if (BATCH_FIRST) {
    block(i % BATCH, (i / BATCH) / BLOCKS_N * TILE_M, (i / BATCH) % BLOCKS_N * TILE_N);
  } else {
    block(i / (BLOCKS_M * BLOCKS_N), (i / BLOCKS_N) % BLOCKS_M * TILE_M, i % BLOCKS_N * TILE_N);
  }
}
