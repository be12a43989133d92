// Parts of the fft kernels: butterflies of radix 1, 2, 4 and 8. SIGN is −1 forward, +1 inverse. The stages around them, and the
// butterflies of odd radix, are generated (src/graph/wgsl/fft.ts).
//
// A transform of M complex points stays in workgroup memory (8·M bytes); ROWS transforms share a workgroup, THREADS invocations
// each. Stages follow Stockham: butterfly j of radix r reads j + p·M/r and writes (j/S)·S·r + j%S + p·S, where S is the product of
// the radices before it, so that the result comes out in order without a bit reversal.

// v·(SIGN·i)
fn turn(v: vec2<f32>) -> vec2<f32> {
  return vec2<f32>(-SIGN * v.y, SIGN * v.x);
}

fn butterfly1(x: ptr<function, array<vec2<f32>, 1>>) {
}

fn butterfly2(x: ptr<function, array<vec2<f32>, 2>>) {
  let a = (*x)[0];
  (*x)[0] = a + (*x)[1];
  (*x)[1] = a - (*x)[1];
}

fn butterfly4(x: ptr<function, array<vec2<f32>, 4>>) {
  let a = (*x)[0] + (*x)[2];
  let b = (*x)[0] - (*x)[2];
  let c = (*x)[1] + (*x)[3];
  let d = turn((*x)[1] - (*x)[3]);
  (*x)[0] = a + c;
  (*x)[1] = b + d;
  (*x)[2] = a - c;
  (*x)[3] = b - d;
}

fn butterfly8(x: ptr<function, array<vec2<f32>, 8>>) {
  let half = 0.70710678118655;
  let a0 = (*x)[0] + (*x)[4];
  let a1 = (*x)[0] - (*x)[4];
  let a2 = (*x)[2] + (*x)[6];
  let a3 = turn((*x)[2] - (*x)[6]);
  let b0 = (*x)[1] + (*x)[5];
  let b1 = (*x)[1] - (*x)[5];
  let b2 = (*x)[3] + (*x)[7];
  let b3 = turn((*x)[3] - (*x)[7]);
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
  (*x)[0] = e0 + o0;
  (*x)[1] = e1 + w1;
  (*x)[2] = e2 + o2;
  (*x)[3] = e3 + w3;
  (*x)[4] = e0 - o0;
  (*x)[5] = e1 - w1;
  (*x)[6] = e2 - o2;
  (*x)[7] = e3 - w3;
}
