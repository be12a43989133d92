// Where the invocations of one line of results meet: by halves, in workgroup memory, which keeps the rounding error of a sum near log₂ of its length.
// A workgroup has SIDE lines and DEPTH invocations for each. Accumulator and combine are generated, and so is main (src/graph/wgsl/reduce.ts).

var<workgroup> partial: array<Accumulator, SIDE * DEPTH>;

fn meet(side: i32, depth: i32, sum: Accumulator) -> Accumulator {
  let at = side * DEPTH + depth;
  partial[at] = sum;
  workgroupBarrier();
  for (var half = DEPTH / 2; half > 0; half = half / 2) {
    if (depth < half) {
      partial[at] = combine(partial[at], partial[at + half]);
    }
    workgroupBarrier();
  }
  let total = partial[side * DEPTH];
  workgroupBarrier();
  return total;
}
