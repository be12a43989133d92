// One invocation an element of the result; element(i) is generated.
// Workgroups form a grid of at most 65535 in x, so that any number of elements is reached.

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>, @builtin(local_invocation_index) local: u32) {
  let i = i32((group.y * groups.x + group.x) * WORKGROUP + local);
  if (i < SIZE) {
    element(i);
  }
}
