// Functions that fused expressions call. Only what WGSL lacks, or gives with too little accuracy, is here:
// WGSL allows sin and cos an absolute error of 2⁻¹¹, and has no erf.

// Comparisons with itself are optimized away, so a NaN is asked for by its bits.
fn is_nan(x: f32) -> bool {
  return (bitcast<u32>(x) & 0x7fffffffu) > 0x7f800000u;
}

const pi: f32 = 3.14159265358979;

fn complex_mul(a: vec2<f32>, b: vec2<f32>) -> vec2<f32> {
  return vec2<f32>(a.x * b.x - a.y * b.y, a.x * b.y + a.y * b.x);
}

// Smith's scaling keeps |b|² from overflowing.
fn complex_div(a: vec2<f32>, b: vec2<f32>) -> vec2<f32> {
  if (abs(b.x) >= abs(b.y)) {
    let r = b.y / b.x;
    let d = b.x + b.y * r;
    return vec2<f32>((a.x + a.y * r) / d, (a.y - a.x * r) / d);
  }
  let r = b.x / b.y;
  let d = b.x * r + b.y;
  return vec2<f32>((a.x * r + a.y) / d, (a.y * r - a.x) / d);
}

fn complex_abs(a: vec2<f32>) -> f32 {
  let big = max(abs(a.x), abs(a.y));
  let q = min(abs(a.x), abs(a.y)) / select(big, 1.0, big == 0.0);
  return big * sqrt(1.0 + q * q);
}

// sin and cos of r in [−π/4, π/4]: Taylor series, truncation below 2⁻²⁶.
fn sin_kernel(r: f32) -> f32 {
  let s = r * r;
  return r + r * s * (-0.16666667 + s * (0.008333333 + s * (-0.0001984127 + s * 2.7557319e-6)));
}

fn cos_kernel(r: f32) -> f32 {
  let s = r * r;
  return 1.0 - 0.5 * s + s * s * (0.041666668 + s * (-0.0013888889 + s * 2.4801587e-5));
}

// (cos, sin) of quadrant·π/2 + r.
fn quarter_turns(quadrant: i32, r: f32) -> vec2<f32> {
  let c = cos_kernel(r);
  let s = sin_kernel(r);
  switch (quadrant & 3) {
    case 0: { return vec2<f32>(c, s); }
    case 1: { return vec2<f32>(-s, c); }
    case 2: { return vec2<f32>(-c, -s); }
    default: { return vec2<f32>(s, -c); }
  }
}

// (cos x, sin x). Cody–Waite: π/2 in three parts, exact products for |x| < 10⁴.
fn cos_sin(x: f32) -> vec2<f32> {
  let q = round(x * 0.63661975);
  let r = ((x - q * 1.5703125) - q * 0.00048351288) - q * 3.1389648e-7;
  return quarter_turns(i32(q), r);
}

// tanh without cancellation: e^(2|x|) − 1 loses digits near zero, where the series takes over.
fn tanh_accurate(x: f32) -> f32 {
  let a = abs(x);
  if (a < 0.3) {
    let s = x * x;
    return x * (1.0 + s * (-0.33333334 + s * (0.13333334 + s * (-0.053968254 + s * (0.021869488 - s * 0.0088632355)))));
  }
  let t = 1.0 - 2.0 / (exp(2.0 * min(a, 20.0)) + 1.0);
  return select(t, -t, x < 0.0);
}

// Error function: Taylor series inside, Abramowitz and Stegun 7.1.26 (absolute error 1.5e-7) outside.
fn erf_accurate(x: f32) -> f32 {
  let a = abs(x);
  if (a < 0.5) {
    let s = x * x;
    return 1.1283792 * x * (1.0 + s * (-0.33333334 + s * (0.1 + s * (-0.023809524 + s * (0.0046296297 - s * 0.00075757576)))));
  }
  let t = 1.0 / (1.0 + 0.3275911 * a);
  let e = 1.0 - t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429)))) * exp(-a * a);
  return select(e, -e, x < 0.0);
}

fn sigmoid(x: f32) -> f32 {
  let e = exp(-abs(x));
  return select(e / (1.0 + e), 1.0 / (1.0 + e), x >= 0.0);
}

// log(1 + x) for x ≥ 0, accurate near zero (Kahan: the rounding of 1 + x cancels in the quotient).
fn log1p_accurate(x: f32) -> f32 {
  if (x < 1e-4) {
    return x - 0.5 * x * x;
  }
  return log(1.0 + x);
}

fn angle_of(a: vec2<f32>) -> f32 {
  return atan2(a.y, a.x);
}

// aᵇ, also for negative a where b is an integer.
fn power(a: f32, b: f32) -> f32 {
  if (b == 0.0) {
    return 1.0;
  }
  if (a >= 0.0) {
    return pow(a, b);
  }
  let p = pow(-a, b);
  if (floor(b) != b) {
    return bitcast<f32>(0x7fc00000u | u32(b != b));
  }
  return select(p, -p, floor(b * 0.5) * 2.0 != b);
}
