extension JSONElement {
  /// Nested arrays of numbers as one contiguous array, row-major, with its shape. A single number
  /// has the shape `[]`, `[]` the shape `[0]`, `[[],[]]` the shape `[2, 0]`.
  ///
  /// Integers are rounded to the nearest Double. O(elements).
  /// - Parameter allowingNull: takes a null for NaN ("missing"); otherwise it is refused.
  public func numbers(
    allowingNull: Bool = false
  ) throws(JSONNumbersError) -> (shape: [Int], values: [Double]) {
    defer { withExtendedLifetime(document) {} }
    let end = tape.after(place)
    // Each number takes two words and each null one, so this many fit at most.
    let bound = allowingNull ? end - place : (end - place) / 2 + 1
    var shape: [Int] = []
    var fault: NumberRows.Fault?
    let values = [Double](unsafeUninitializedCapacity: bound) { memory, count in
      var rows = NumberRows(tape: tape, from: place, allowingNull: allowingNull, into: memory)
      fault = rows.collect()
      shape = rows.shape
      count = fault == nil ? rows.filled : 0
    }
    if let fault { throw error(fault) }
    return (shape, values)
  }

  private func error(_ fault: NumberRows.Fault) -> JSONNumbersError {
    let pointer = tape.pointer(to: fault.place)
    let kind = JSONElement(document: document, place: fault.place).kind
    switch (fault.reason, kind) {
    case (.ragged(let expected, let actual), _):
      return .ragged(pointer: pointer, expected: expected, actual: actual)
    case (.depth, .array): return .expectedNumber(pointer: pointer)
    case (.depth, .integer), (.depth, .number): return .expectedArray(pointer: pointer)
    case (_, .null): return .null(pointer: pointer)
    case (_, let kind): return .notANumber(pointer: pointer, kind: kind)
    }
  }
}
