extension Tensor {
  /// All elements as Double, row-major. Exact but for integers beyond 2^53, which are rounded to
  /// nearest. Without a copy when the tensor was made of an array of Double. O(elements).
  public func float64Values() -> [Double] {
    let rows = rowMajorLittleEndian()
    switch elementType {
    case .float64: return rows.elements(of: Double.self)
    case .float32: return rows.mapped(Float.self) { Double($0) }
    case .float16: return rows.mapped(UInt16.self) { Double(Half.widened($0)) }
    case .bfloat16: return rows.mapped(UInt16.self) { Double(BFloat16.widened($0)) }
    case .int64: return rows.mapped(Int64.self) { Double($0) }
    case .int32: return rows.mapped(Int32.self) { Double($0) }
    case .uint8, .bool: return rows.mapped(UInt8.self) { Double($0) }
    }
  }

  /// All elements as Float, row-major, rounded to nearest even where Float is narrower. Without a
  /// copy when the tensor was made of an array of Float. O(elements).
  public func float32Values() -> [Float] {
    let rows = rowMajorLittleEndian()
    switch elementType {
    case .float64: return rows.mapped(Double.self) { Float($0) }
    case .float32: return rows.elements(of: Float.self)
    case .float16: return rows.mapped(UInt16.self) { Half.widened($0) }
    case .bfloat16: return rows.mapped(UInt16.self) { BFloat16.widened($0) }
    case .int64: return rows.mapped(Int64.self) { Float($0) }
    case .int32: return rows.mapped(Int32.self) { Float($0) }
    case .uint8, .bool: return rows.mapped(UInt8.self) { Float($0) }
    }
  }

  /// All elements as Int64, row-major. O(elements).
  /// - Throws: `notRepresentable` at the first floating point element that is no integer of Int64.
  public func int64Values() throws(TensorError) -> [Int64] {
    let rows = rowMajorLittleEndian()
    switch elementType {
    case .int64: return rows.elements(of: Int64.self)
    case .int32: return rows.mapped(Int32.self) { Int64($0) }
    case .uint8, .bool: return rows.mapped(UInt8.self) { Int64($0) }
    case .float64, .float32, .float16, .bfloat16:
      var integers: [Int64] = []
      integers.reserveCapacity(count)
      for (place, value) in rows.float64Values().enumerated() {
        guard let integer = Int64(exactly: value) else {
          throw .notRepresentable(index: rows.index(atPlace: place), type: .int64)
        }
        integers.append(integer)
      }
      return integers
    }
  }

  /// The elements as they lie, which must be row-major, little endian and of this width.
  private func elements<Element: BitwiseCopyable & Sendable>(of: Element.Type) -> [Element] {
    if let whole = bytes.wholeArray(of: Element.self) { return whole }
    return [Element](unsafeUninitializedCapacity: count) { memory, filled in
      bytes.withUnsafeBytes { UnsafeMutableRawBufferPointer(memory).copyMemory(from: $0) }
      filled = count
    }
  }

  /// Maps the elements as they lie, which need not be aligned.
  @inline(__always)
  func mapped<Element: BitwiseCopyable, Result>(
    _: Element.Type, _ transform: (Element) -> Result
  ) -> [Result] {
    [Result](unsafeUninitializedCapacity: count) { memory, filled in
      bytes.withUnsafeBytes { raw in
        let width = MemoryLayout<Element>.size
        for place in 0..<count {
          memory.initializeElement(
            at: place,
            to: transform(raw.loadUnaligned(fromByteOffset: place * width, as: Element.self)))
        }
      }
      filled = count
    }
  }
}
