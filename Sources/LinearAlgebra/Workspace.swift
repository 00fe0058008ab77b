/// Calls a LAPACK routine twice: first for the length of workspace it would like, then to work.
///
/// - Throws: `notConverged` when `info` is positive. A negative `info` is a wrong argument, which
///   only a programmer can cause.
func withWorkspace<Scalar: Real>(
  _ routine: String, _ call: (UnsafeMutablePointer<Scalar>, Int32) -> Int32
) throws(LinearAlgebraError) {
  OpenBLAS.prepare()
  var best: Scalar = 1
  let query = call(&best, -1)
  precondition(query == 0, "\(routine): argument \(-query)")
  // Single precision rounds lengths above 2²⁴: ask for a little more than it says.
  let length = max(1, Int((Double(best) * (1 + 0x1p-22)).rounded(.up)))
  precondition(length <= Int(Int32.max), "\(routine): workspace fits 32 bits")
  let info = withUnsafeTemporaryAllocation(of: Scalar.self, capacity: length) { work -> Int32 in
    guard let base = work.baseAddress else { return 0 }
    return call(base, Int32(length))
  }
  precondition(info >= 0, "\(routine): argument \(-info)")
  if info > 0 { throw .notConverged(routine: routine, info: Int(info)) }
}

/// A dimension as LAPACK counts: 32 bits.
func lapack(_ dimension: Int) -> Int32 {
  precondition(dimension <= Int(Int32.max), "dimensions fit 32 bits")
  return Int32(dimension)
}
