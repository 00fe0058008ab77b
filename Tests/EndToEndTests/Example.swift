import Tensors
import TestSupport

/// The gradients that ship with the program, and larger ones made up.
enum Example {
  static let path = PackageFiles.path("deploy/examples/minilm-grads-small.safetensors")
  static let weight = "encoder.layer.0.attention.self.query.weight"
  static let integers = "embeddings.word_embeddings.row_ids"
  static let rules =
    #"{"rules":[{"match":"embeddings.*","layer":"embed","layout":"rows"}]}"#

  /// A file of `count` float64 matrices of a side: work for some seconds.
  static func long(count: Int, side: Int, seed: UInt64) -> [UInt8] {
    var state = seed
    var tensors = NamedTensors()
    for index in 0..<count {
      let elements = (0..<side * side).map { _ -> Double in
        // splitmix64: enough randomness for matrices of full rank.
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return Double((mixed ^ (mixed >> 31)) >> 11) / 9_007_199_254_740_992 - 0.5
      }
      tensors["layer.\(index)"] = Tensor(shape: [side, side], float64: elements)
    }
    return Safetensors.write(tensors, metadata: [:])
  }

  /// max |O·Oᵀ·O − O| for a matrix of m × m, on some rows: 0 for a partial isometry.
  static func isometryDefect(of matrix: [Float], side: Int, rows: Int) -> Double {
    var worst = 0.0
    for row in stride(from: 0, to: side, by: max(1, side / rows)) {
      var inner = [Double](repeating: 0, count: side)  // (O·Oᵀ)[row, :]
      for other in 0..<side {
        var sum = 0.0
        for k in 0..<side {
          sum += Double(matrix[row * side + k]) * Double(matrix[other * side + k])
        }
        inner[other] = sum
      }
      for column in 0..<side {
        var sum = 0.0
        for k in 0..<side { sum += inner[k] * Double(matrix[k * side + column]) }
        worst = max(worst, abs(sum - Double(matrix[row * side + column])))
      }
    }
    return worst
  }
}
