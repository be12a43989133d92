// Every element of the result, or four neighbours at once; element(i) is generated. An invocation takes repeats() of them.
// Workgroups form a grid of at most 65535 in x, so that any number of elements is reached.

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>, @builtin(local_invocation_index) local: u32) {
  let some = WORKGROUP * repeats();
  let first = (group.y * groups.x + group.x) * some + local;
  for (var i = first; i < min(first + some, size()); i += WORKGROUP) {
    element(i32(i));
  }
}
