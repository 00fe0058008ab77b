import Compute
import LinearAlgebra

/// An embedding as a list of token vectors, which lie along the rows or the columns of a matrix.
///
/// The norm is max over tokens of ‖v‖₂/√d, the dual norm √d Σ ‖v‖₂, the duality map v → √d v/‖v‖₂,
/// zero for zero. Each vector has its own power-of-two scale: tokens of 1e160 and 1e-160 may stand
/// side by side.
struct TokenTable<Scalar: Real> {
  let rows: Int
  let columns: Int
  let elements: [Scalar]
  let layout: Layer.Layout

  var dimension: Int { layout == .rows ? columns : rows }
  var tokens: Int { layout == .rows ? rows : columns }

  /// Tokens worked on together: along columns a block of a few cache lines.
  private static var block: Int { 64 }

  /// ‖v‖₂ of each token.
  func lengths(in context: ComputeContext) -> [Double] {
    blocks(in: context) { range in lengths(of: range).map(\.whole) }.flatMap { $0 }
  }

  /// The duality map, and the lengths it divided by.
  func dualized(in context: ComputeContext) -> (elements: [Scalar], lengths: [Double]) {
    let root = Double(dimension).squareRoot()
    var result = Matrix<Scalar>(rows: rows, columns: columns)
    let found = result.withMutableView { out in
      blocks(in: context) { range -> [Double] in
        let measured = lengths(of: range)
        elements.withUnsafeBufferPointer { source in
          for (offset, token) in range.enumerated() where measured[offset].significand > 0 {
            let (down, length) = (measured[offset].down, measured[offset].significand)
            for i in 0..<dimension {
              let place = place(token, i)
              out.base[place] = Scalar(
                root * (Double(source[place]) * down.0 * down.1 / length))
            }
          }
        }
        return measured.map(\.whole)
      }
    }
    return (result.elements, found.flatMap { $0 })
  }

  private struct Length {
    /// ‖v‖₂ / 2^exponent.
    var significand = 0.0
    var scale = PowerOfTwo(exponent: 0)
    var down: (Double, Double) { scale.down }
    var whole: Double { scale.unscaled(significand) }
  }

  private func place(_ token: Int, _ i: Int) -> Int {
    layout == .rows ? token &* columns &+ i : i &* columns &+ token
  }

  private func lengths(of range: Range<Int>) -> [Length] {
    elements.withUnsafeBufferPointer { source in
      // Entry by entry through the block, so that columns are read line by line.
      var largest = [Double](repeating: 0, count: range.count)
      for i in 0..<dimension {
        for (offset, token) in range.enumerated() {
          largest[offset] = max(largest[offset], Double(source[place(token, i)].magnitude))
        }
      }
      var result = largest.map {
        Length(scale: PowerOfTwo(exponent: $0 > 0 ? Int($0.exponent) : 0))
      }
      let downs = result.map(\.down)
      for i in 0..<dimension {
        for (offset, token) in range.enumerated() {
          let value = Double(source[place(token, i)]) * downs[offset].0 * downs[offset].1
          result[offset].significand += value * value
        }
      }
      for offset in result.indices {
        result[offset].significand = result[offset].significand.squareRoot()
      }
      return result
    }
  }

  private func blocks<R: Sendable>(
    in context: ComputeContext, _ body: @Sendable (Range<Int>) -> R
  ) -> [R] {
    let count = (tokens + Self.block - 1) / Self.block
    return context.parallelMap(count) { block in
      body(block * Self.block..<min((block + 1) * Self.block, tokens))
    }
  }
}
