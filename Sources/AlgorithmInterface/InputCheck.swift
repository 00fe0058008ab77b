public import Tensors

/// The checks that every algorithm makes on a tensor before it looks at the numbers.
extension TensorSpecification {
  /// Element type, number of dimensions, no empty side, all elements finite.
  ///
  /// - Parameter name: the name to report, where the specification stands for a family of names.
  /// - Throws: the first rule broken, with the pointer of the input or of the element.
  public func check(_ tensor: Tensor, named name: String? = nil) throws(RequestRejection) {
    let name = name ?? self.name
    guard elementTypes.contains(tensor.elementType) else {
      let known = elementTypes.map(\.rawValue).joined(separator: ", ")
      throw RequestRejection(
        kind: .unsupportedElementType,
        .input(
          name, "element type \(tensor.elementType.rawValue) is not taken here; expected \(known)"))
    }
    guard ranks.contains(tensor.shape.count) else {
      let expected =
        ranks.lowerBound == ranks.upperBound
        ? "\(ranks.lowerBound)" : "\(ranks.lowerBound) to \(ranks.upperBound)"
      throw RequestRejection(
        .input(
          name,
          "expected \(expected) dimensions, \(shapeRule), got \(tensor.shape.count): "
            + "shape \(tensor.shape)"))
    }
    guard tensor.count > 0 else {
      throw RequestRejection(
        .input(name, "is empty: shape \(tensor.shape); every side must be at least 1"))
    }
    if let index = tensor.firstNonFinite() {
      throw RequestRejection(
        .input(
          name, at: index,
          "is NaN or infinite; every element must be finite (first such index: \(index))"))
    }
  }
}
