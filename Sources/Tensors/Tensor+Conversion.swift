extension Tensor {
  /// The elements in another type, row-major.
  ///
  /// To a floating type: rounded once, to nearest even; beyond its range infinity. To an integer
  /// type or bool: only values that it holds exactly. The same tensor for the same type.
  /// O(elements).
  /// - Throws: `notRepresentable` at the first element that an integer type does not hold.
  public func converted(to type: ElementType) throws(TensorError) -> Tensor {
    switch type {
    case elementType: return self
    case .float64: return Tensor(shape: shape, float64: float64Values())
    case .float32: return Tensor(shape: shape, float32: float32Values())
    case .float16:
      return Tensor(
        type, shape,
        rounded {
          Float16($0)
        } from64: {
          Float16($0)
        })
    case .bfloat16:
      return Tensor(
        type, shape,
        rounded {
          BFloat16.rounded($0)
        } from64: {
          BFloat16.rounded($0)
        })
    case .int64: return Tensor(shape: shape, int64: try int64Values())
    case .int32: return Tensor(shape: shape, int32: try narrowed(type))
    case .uint8: return Tensor(shape: shape, uint8: try narrowed(type))
    case .bool:
      let values: [UInt8] = try narrowed(.uint8)
      if let place = values.firstIndex(where: { $0 > 1 }) {
        throw .notRepresentable(index: rowMajorLittleEndian().index(atPlace: place), type: type)
      }
      return Tensor(type, shape, values)
    }
  }

  /// Rounds to a type of 16 bits: from Float where that holds the elements exactly, else from
  /// Double.
  private func rounded<Result>(
    _ transform: (Float) -> Result, from64 wide: (Double) -> Result
  ) -> [Result] {
    switch elementType {
    case .float64, .int64, .int32: float64Values().map(wide)
    default: float32Values().map(transform)
    }
  }

  private func narrowed<Integer: FixedWidthInteger>(
    _ type: ElementType
  ) throws(TensorError) -> [Integer] {
    var result: [Integer] = []
    result.reserveCapacity(count)
    for (place, value) in try int64Values().enumerated() {
      guard let integer = Integer(exactly: value) else {
        throw .notRepresentable(index: rowMajorLittleEndian().index(atPlace: place), type: type)
      }
      result.append(integer)
    }
    return result
  }
}
