import Tensors
import TestSupport
import Testing

/// F16 and BF16 against a naive reference that knows only their field widths.
@Suite struct HalfPrecisionTests {
  /// A 16-bit format with so many bits of fraction.
  struct Format: Sendable, CustomStringConvertible {
    let type: ElementType
    let fraction: Int

    var bias: Int { (1 << (14 - fraction)) - 1 }
    var description: String { type.rawValue }

    /// The value of the bits by the definition of IEEE 754; nil for NaN.
    func value(_ bits: UInt16) -> Double? {
      let sign = bits >> 15 == 0 ? 1.0 : -1
      let exponent = Int(bits & 0x7fff) >> fraction
      let rest = Double(Int(bits) & ((1 << fraction) - 1))
      if exponent == (1 << (15 - fraction)) - 1 { return rest == 0 ? sign * .infinity : nil }
      let scale = Double(sign: .plus, exponent: max(exponent, 1) - bias - fraction, significand: 1)
      return sign * scale * (rest + (exponent == 0 ? 0 : Double(1 << fraction)))
    }

    /// The nearest bits to a finite value, ties to even: by search among all magnitudes.
    func nearest(_ value: Double) -> UInt16 {
      var (low, high) = (0, Int(0x7fff) & ~((1 << fraction) - 1))  // zero, infinity
      let magnitude = abs(value)
      func at(_ bits: Int) -> Double {
        // Infinity stands where the next finite value would.
        let isTop = bits == (0x7fff & ~((1 << fraction) - 1))
        return isTop ? at(bits - 1) + (at(bits - 1) - at(bits - 2)) : self.value(UInt16(bits)) ?? 0
      }
      if magnitude >= at(high) {
        low = high
      } else {
        while high - low > 1 {
          let middle = (low + high) / 2
          if at(middle) <= magnitude { low = middle } else { high = middle }
        }
        // The distances are exact: both sides are within a factor of two, or the value is tiny.
        let (below, above) = (magnitude - at(low), at(high) - magnitude)
        if above < below || (above == below && low % 2 == 1) { low = high }
      }
      return UInt16(low) | (value.sign == .minus ? 0x8000 : 0)
    }
  }

  static let formats = [
    Format(type: .float16, fraction: 10), Format(type: .bfloat16, fraction: 7),
  ]

  private func bits(_ tensor: Tensor) -> [UInt16] {
    tensor.withRowMajorBytes { raw in
      stride(from: 0, to: raw.count, by: 2).map { UInt16(raw[$0]) | UInt16(raw[$0 + 1]) << 8 }
    }
  }

  @Test(arguments: formats) func everyPatternWidensExactlyAndComesBack(_ format: Format) throws {
    let patterns = (0...UInt16.max).map { $0 }
    let bytes = patterns.flatMap { [UInt8(truncatingIfNeeded: $0), UInt8($0 >> 8)] }
    let tensor = try Tensor(elementType: format.type, shape: [65536], bytes: SharedBytes(bytes))
    let (wide, single) = (tensor.float64Values(), tensor.float32Values())
    for (pattern, (double, float)) in zip(patterns, zip(wide, single)) {
      if let value = format.value(pattern) {
        #expect(double.bitPattern == value.bitPattern)
        #expect(Double(float).bitPattern == value.bitPattern)
      } else {
        #expect(double.isNaN && float.isNaN)
      }
    }
    for source in [
      Tensor(shape: [65536], float64: wide), Tensor(shape: [65536], float32: single),
    ] {
      let back = bits(try source.converted(to: format.type))
      for (pattern, result) in zip(patterns, back) {
        if format.value(pattern) != nil {
          #expect(result == pattern)
        } else {
          #expect(format.value(result) == nil)
        }
      }
    }
  }

  @Test(arguments: formats) func roundsOnceToNearestEven(_ format: Format) throws {
    var generator = SplitMix64(seed: 21)
    var values: [Double] = []
    let top = UInt16(0x7fff) & ~UInt16((1 << format.fraction) - 1)
    for _ in 0..<4000 {
      // Around the middle of two neighbours, where a second rounding would show.
      let low = UInt16.random(in: 0..<top - 1, using: &generator)
      guard let a = format.value(low), let b = format.value(low + 1) else { continue }
      let middle = (a + b) / 2
      for value in [middle, middle.nextUp, middle.nextDown, a, a.nextUp, a.nextDown] {
        values += [value, -value]
      }
    }
    values += [1e300, -1e300, 1e-300, 65519.99, 65520, 65535, 3.39e38, 3.4e38, 3.5e38, 0, -0.0]
    let result = bits(try Tensor(shape: [values.count], float64: values).converted(to: format.type))
    for (value, actual) in zip(values, result) {
      #expect(actual == format.nearest(value), "\(value)")
    }
    let singles = values.map { Float($0) }.filter { $0.isFinite }
    let second = bits(
      try Tensor(shape: [singles.count], float32: singles).converted(to: format.type))
    for (value, actual) in zip(singles, second) {
      #expect(actual == format.nearest(Double(value)), "\(value)")
    }
  }
}
