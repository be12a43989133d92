// Reductions. load(o, r) is term r of result o, combine and IDENTITY the operation, store(o, value) the result.
// tree: one workgroup a result; each invocation takes every WORKGROUP-th term, then halves meet in workgroup memory, which
// keeps the rounding error of a sum near log₂ of its length. serial: one invocation a result, for short sums.

var<workgroup> partial: array<Accumulator, WORKGROUP>;

@compute @workgroup_size(WORKGROUP)
fn tree(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>, @builtin(local_invocation_index) local: u32) {
  let o = i32(group.y * groups.x + group.x);
  var sum = identity();
  if (o < RESULTS) {
    for (var r = i32(local); r < LENGTH; r += i32(WORKGROUP)) {
      sum = combine(sum, load(o, r));
    }
  }
  partial[local] = sum;
  workgroupBarrier();
  for (var half = WORKGROUP / 2u; half > 0u; half = half / 2u) {
    if (local < half) {
      partial[local] = combine(partial[local], partial[local + half]);
    }
    workgroupBarrier();
  }
  if (local == 0u && o < RESULTS) {
    store(o, finish(partial[0]));
  }
}

@compute @workgroup_size(WORKGROUP)
fn serial(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>, @builtin(local_invocation_index) local: u32) {
  let o = i32((group.y * groups.x + group.x) * WORKGROUP + local);
  if (o >= RESULTS) {
    return;
  }
  var sum = identity();
  for (var r = 0; r < LENGTH; r++) {
    sum = combine(sum, load(o, r));
  }
  store(o, finish(sum));
}
