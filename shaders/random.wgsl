// Threefry-2x32 with 20 rounds (Salmon, Moraes, Dror, Shaw: Parallel random numbers: as easy as 1, 2, 3, 2011): the same bits
// as src/tensor/operations/random.ts on every device. Normals use none of WGSL's log, sin, cos, whose accuracy is free.

fn rotate_left(x: u32, by: u32) -> u32 {
  return (x << by) | (x >> (32u - by));
}

fn threefry(key: vec2<u32>, counter: vec2<u32>) -> vec2<u32> {
  var rotations = array<u32, 8>(13u, 15u, 26u, 6u, 17u, 29u, 16u, 24u);
  var keys = array<u32, 3>(key.x, key.y, key.x ^ key.y ^ 0x1bd11bdau);
  var x = counter.x + keys[0];
  var y = counter.y + keys[1];
  for (var group = 0u; group < 5u; group++) {
    for (var round = 0u; round < 4u; round++) {
      x += y;
      y = rotate_left(y, rotations[(group % 2u) * 4u + round]) ^ x;
    }
    x += keys[(group + 1u) % 3u];
    y += keys[(group + 2u) % 3u] + group + 1u;
  }
  return vec2<u32>(x, y);
}

// [0, 1) with 24 bits.
fn unit(bits: u32) -> f32 {
  return f32(bits >> 8u) * 5.9604645e-8;
}

// Natural logarithm of x in (0, 1]: x = m·2ᵉ with m in [√½, √2), then 2·artanh((m − 1)/(m + 1)).
fn log_exact(x: f32) -> f32 {
  let bits = bitcast<u32>(x);
  var e = i32(bits >> 23u) - 127;
  var m = bitcast<f32>((bits & 0x7fffffu) | 0x3f800000u);
  if (m > 1.4142135) {
    m = m * 0.5;
    e += 1;
  }
  let s = (m - 1.0) / (m + 1.0);
  let z = s * s;
  let series = s * (2.0 + z * (0.6666667 + z * (0.4 + z * (0.2857143 + z * (0.2222222 + z * 0.1818182)))));
  return f32(e) * 0.69314718 + series;
}

// Box and Muller: r = √(−2 ln u₁) with u₁ in (0, 1], angle 2π·u₂ with its octant taken from the bits.
fn normal(bits: vec2<u32>) -> f32 {
  let u = f32((bits.x >> 8u) + 1u) * 5.9604645e-8;
  let octant = (bits.y >> 29u) + 1u;
  let quadrant = octant >> 1u;
  let r = (f32(i32((bits.y >> 8u) & 0xffffffu)) - f32(quadrant) * 4194304.0) * 3.7450703e-7;
  return sqrt(-2.0 * log_exact(u)) * quarter_turns(i32(quadrant), r).x;
}
