public import LinearAlgebra

/// A layer's tensor in the width it came in.
public enum NumericArray: Sendable, Equatable {
  case single(LayerArray<Float>)
  case double(LayerArray<Double>)

  public var shape: [Int] {
    switch self {
    case .single(let array): array.shape
    case .double(let array): array.shape
    }
  }

  public var isDouble: Bool {
    if case .double = self { true } else { false }
  }

  /// The same numbers times a factor, in the same width.
  public func scaled(by factor: Double) -> NumericArray {
    switch self {
    case .single(let array): .single(array.scaled(by: factor))
    case .double(let array): .double(array.scaled(by: factor))
    }
  }
}
