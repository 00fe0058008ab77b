public import JSON

/// Tensors inside JSON: nested arrays of numbers, or an object
/// `{"dtype":"F32","shape":[2,3],"data":"<base64, little endian, row major>"}`.
public enum JSONTensor {
  /// Reads either form. Nested arrays (and single numbers) are float64.
  ///
  /// - Parameter allowingNull: takes null in nested arrays for NaN ("missing").
  public static func read(
    _ element: JSONElement, limits: TensorLimits = .standard, allowingNull: Bool = false
  ) throws(TensorError) -> Tensor {
    if element.kind == .object { return try object(element, limits: limits) }
    let (shape, values): ([Int], [Double])
    do throws(JSONNumbersError) {
      (shape, values) = try element.numbers(allowingNull: allowingNull)
    } catch {
      throw .notNumbers(error)
    }
    _ = try limits.elementCount(of: shape)
    return Tensor(shape: shape, float64: values)
  }

  /// Writes nested arrays, row-major; numbers with the digits that their type needs (F16 and BF16
  /// those of Float), booleans as true and false, NaN and infinity as null.
  public static func write(_ tensor: Tensor, to writer: inout JSONWriter) {
    switch tensor.elementType {
    case .float64:
      tensor.float64Values().withUnsafeBufferPointer { writer.numbers($0, shape: tensor.shape) }
    case .float32, .float16, .bfloat16:
      tensor.float32Values().withUnsafeBufferPointer { writer.numbers($0, shape: tensor.shape) }
    case .bool:
      tensor.withRowMajorBytes { writer.booleans($0, shape: tensor.shape) }
    case .int64: write(tensor.rowMajorLittleEndian(), Int64.self, to: &writer)
    case .int32: write(tensor.rowMajorLittleEndian(), Int32.self, to: &writer)
    case .uint8: write(tensor.rowMajorLittleEndian(), UInt8.self, to: &writer)
    }
  }

  /// Writes the object form.
  public static func writeBase64(_ tensor: Tensor, to writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("dtype", .string(tensor.elementType.rawValue))
      writer.member("shape", JSONValue(tensor.shape.map { JSONValue($0) }))
      writer.key("data")
      writer.raw { bytes in
        bytes.append(UInt8(ascii: "\""))
        tensor.withRowMajorBytes { Base64.append($0, to: &bytes) }
        bytes.append(UInt8(ascii: "\""))
      }
    }
  }

  private static func write<Integer: FixedWidthInteger & BitwiseCopyable>(
    _ tensor: Tensor, _: Integer.Type, to writer: inout JSONWriter
  ) {
    let values = tensor.mapped(Integer.self) { Int64($0) }
    values.withUnsafeBufferPointer { writer.integers($0, shape: tensor.shape) }
  }

  private static func object(
    _ element: JSONElement, limits: TensorLimits
  ) throws(TensorError) -> Tensor {
    var type: ElementType?
    var shape: [Int]?
    var data: JSONElement?
    for (key, value) in element.members() {
      switch key {
      case "dtype": type = try elementType(value)
      case "shape": shape = try lengths(value, limits: limits)
      case "data":
        guard value.kind == .string else {
          throw .badObject(pointer: value.pointer, reason: "data is \(value.kind), not a string")
        }
        data = value
      default:
        throw .badObject(pointer: value.pointer, reason: "there is no such member")
      }
    }
    guard let type, let shape, let data else {
      throw .badObject(pointer: element.pointer, reason: "dtype, shape and data belong in it")
    }
    let count = try limits.elementCount(of: shape)
    let bytes = try decoded(data, limits: limits)
    let expected = count * type.byteCount
    guard bytes.count == expected else {
      throw .wrongByteCount(shape: shape, expected: expected, actual: bytes.count)
    }
    return try Tensor(elementType: type, shape: shape, bytes: SharedBytes(bytes), limits: limits)
  }

  private static func elementType(_ value: JSONElement) throws(TensorError) -> ElementType {
    guard let name = value.stringValue else {
      throw .badObject(pointer: value.pointer, reason: "dtype is \(value.kind), not a string")
    }
    guard let type = ElementType(rawValue: name) else {
      throw .unsupportedType(String(name.prefix(32)))
    }
    return type
  }

  private static func lengths(
    _ value: JSONElement, limits: TensorLimits
  ) throws(TensorError) -> [Int] {
    guard value.kind == .array else {
      throw .badObject(pointer: value.pointer, reason: "shape is \(value.kind), not an array")
    }
    var shape: [Int] = []
    for length in value.elements() {
      guard let integer = length.integerValue, integer >= 0 else {
        throw .badObject(pointer: length.pointer, reason: "a length is an integer from 0 up")
      }
      guard shape.count < limits.rank else {
        throw .tooManyDimensions(limit: limits.rank, actual: shape.count + 1)
      }
      shape.append(Int(integer))
    }
    return shape
  }

  private static func decoded(
    _ data: JSONElement, limits: TensorLimits
  ) throws(TensorError) -> [UInt8] {
    try data.withStringBytes { (text) throws(TensorError) -> [UInt8] in
      let text = text ?? UnsafeRawBufferPointer(start: nil, count: 0)
      guard text.count / 4 * 3 <= limits.decodedBytes else {
        throw .decodedTooLarge(limit: limits.decodedBytes)
      }
      switch Base64.decode(text) {
      case .bytes(let bytes): return bytes
      case .wrong(let offset): throw .badBase64(pointer: data.pointer, offset: offset)
      }
    }
  }
}
