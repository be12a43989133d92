// Correlation of images with filters. An invocation computes a tile of the result in registers: some filters by some neighbouring columns, of one
// row or of some. tile(i) is generated; tiles are numbered by columns first, so that neighbouring invocations read neighbouring pixels with
// the same filters.

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>, @builtin(local_invocation_index) local: u32) {
  let i = (group.y * groups.x + group.x) * WORKGROUP + local;
  if (i < TILES) {
    tile(i32(i));
  }
}
