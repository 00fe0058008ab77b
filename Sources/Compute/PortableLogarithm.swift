/// The natural logarithm from exactly rounded operations only.
///
/// A mathematical library may round differently from machine to machine (glibc picks its routines
/// by processor); random numbers must not. For finite x > 0 (subnormals too): x = 2ᵉ m with m in
/// [√½, √2), ln m = 2 artanh((m - 1)/(m + 1)) by its series, whose argument is at most 0.1716, so
/// the terms left out are below 1e-18. Error: a few ulps, except relative to a result near zero,
/// where it stays below 1e-16 absolutely.
package enum PortableLogarithm {
  package static func natural(_ x: Double) -> Double {
    precondition(x > 0 && x.isFinite, "a positive finite argument")
    var mantissa = x.significand  // [1, 2)
    var exponent = Double(x.exponent)
    if mantissa > 1.414_213_562_373_095_1 {
      mantissa *= 0.5
      exponent += 1
    }
    let z = (mantissa - 1) / (mantissa + 1)
    let square = z * z
    // Written out: a loop over the odd numbers would divide eleven times.
    var series = 1.0 / 23
    series = series * square + 1.0 / 21
    series = series * square + 1.0 / 19
    series = series * square + 1.0 / 17
    series = series * square + 1.0 / 15
    series = series * square + 1.0 / 13
    series = series * square + 1.0 / 11
    series = series * square + 1.0 / 9
    series = series * square + 1.0 / 7
    series = series * square + 1.0 / 5
    series = series * square + 1.0 / 3
    series = series * square + 1
    // ln 2 in two parts: the first has its last 11 bits zero, so that its product is exact.
    let high = 0x1.62e42fefa3800p-1
    let low = 0x1.ef35793c76730p-45
    return exponent * high + (2 * z * series + exponent * low)
  }
}
