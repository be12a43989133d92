// Parts of the fft kernels: butterflies of radix 1, 2, 4 and 8. SIGN is −1 forward, +1 inverse. The stages around them, and the
// butterflies of odd radix, are generated (src/graph/wgsl/fft.ts).
//
// A transform of M complex points stays in workgroup memory (8·M bytes); ROWS transforms share a workgroup, THREADS invocations
// each. Stages divide in frequency and in place: butterfly i of radix r takes points that lie `part` apart, where part is the length of the
// transforms that remain, and turns its results by roots of unity. In the end the digits of each place are reversed; the last stage takes its
// butterflies in such an order that neighbouring invocations store neighbouring points.

// v·(SIGN·i)
fn turn(v: vec2<f32>) -> vec2<f32> {
  return vec2<f32>(-SIGN * v.y, SIGN * v.x);
}

fn butterfly1(x0: vec2<f32>) -> array<vec2<f32>, 1> {
  return array<vec2<f32>, 1>(x0);
}

fn butterfly2(x0: vec2<f32>, x1: vec2<f32>) -> array<vec2<f32>, 2> {
  return array<vec2<f32>, 2>(x0 + x1, x0 - x1);
}

fn butterfly4(x0: vec2<f32>, x1: vec2<f32>, x2: vec2<f32>, x3: vec2<f32>) -> array<vec2<f32>, 4> {
  let a = x0 + x2;
  let b = x0 - x2;
  let c = x1 + x3;
  let d = turn(x1 - x3);
  return array<vec2<f32>, 4>(a + c, b + d, a - c, b - d);
}

fn butterfly8(
  x0: vec2<f32>, x1: vec2<f32>, x2: vec2<f32>, x3: vec2<f32>,
  x4: vec2<f32>, x5: vec2<f32>, x6: vec2<f32>, x7: vec2<f32>,
) -> array<vec2<f32>, 8> {
  let half = 0.70710678118655;
  let a0 = x0 + x4;
  let a1 = x0 - x4;
  let a2 = x2 + x6;
  let a3 = turn(x2 - x6);
  let b0 = x1 + x5;
  let b1 = x1 - x5;
  let b2 = x3 + x7;
  let b3 = turn(x3 - x7);
  let e0 = a0 + a2;
  let e1 = a1 + a3;
  let e2 = a0 - a2;
  let e3 = a1 - a3;
  let o0 = b0 + b2;
  let o1 = b1 + b3;
  let o2 = turn(b0 - b2);
  let o3 = b1 - b3;
  let w1 = half * (o1 + turn(o1));
  let w3 = half * (turn(o3) - o3);
  return array<vec2<f32>, 8>(e0 + o0, e1 + w1, e2 + o2, e3 + w3, e0 - o0, e1 - w1, e2 - o2, e3 - w3);
}
