import Tensors

extension ElementType {
  /// The name of the type in the Open Inference Protocol (version 2, "Tensor Data Types").
  var inferenceName: String {
    switch self {
    case .float64: "FP64"
    case .float32: "FP32"
    case .float16: "FP16"
    case .bfloat16: "BF16"
    case .int64: "INT64"
    case .int32: "INT32"
    case .uint8: "UINT8"
    case .bool: "BOOL"
    }
  }

  init?(inferenceName: String) {
    guard let type = ElementType.allCases.first(where: { $0.inferenceName == inferenceName })
    else { return nil }
    self = type
  }
}
