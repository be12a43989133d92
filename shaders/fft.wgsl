// Parts of the fft kernels: the butterflies that all others are made of. SIGN is −1 forward, +1 inverse. The stages around them are
// generated (src/graph/wgsl/fft.ts), and so are larger butterflies (src/graph/wgsl/butterflies.ts).
//
// A transform of M complex points stays in workgroup memory or a buffer (8·M bytes) between its stages; a workgroup does some transforms at a time, with some
// invocations each. Stages divide in frequency and in place: butterfly i of radix r takes points that lie `part` apart, where part is the
// length of the transforms that remain, and turns its results by roots of unity. In the end the digits of each place are reversed; the last
// stage takes its butterflies in such an order that neighbouring invocations store neighbouring points.

// v·(SIGN·i)
fn turn(v: vec2<f32>) -> vec2<f32> {
  return vec2<f32>(-SIGN * v.y, SIGN * v.x);
}

fn butterfly1(x: array<vec2<f32>, 1>) -> array<vec2<f32>, 1> {
  return x;
}

fn butterfly2(x: array<vec2<f32>, 2>) -> array<vec2<f32>, 2> {
  return array<vec2<f32>, 2>(x[0] + x[1], x[0] - x[1]);
}

fn butterfly4(x: array<vec2<f32>, 4>) -> array<vec2<f32>, 4> {
  let a = x[0] + x[2];
  let b = x[0] - x[2];
  let c = x[1] + x[3];
  let d = turn(x[1] - x[3]);
  return array<vec2<f32>, 4>(a + c, b + d, a - c, b - d);
}
