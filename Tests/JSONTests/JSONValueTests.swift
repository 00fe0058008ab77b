import JSON
import TestSupport
import Testing

@Suite struct JSONValueTests {
  @Test func accessorsConvertOnlyWithoutLoss() throws {
    #expect(JSONValue.number(2).integerValue == 2)
    #expect(JSONValue.number(2.5).integerValue == nil)
    #expect(JSONValue.number(1e300).integerValue == nil)
    #expect(JSONValue.number(.nan).integerValue == nil)
    #expect(JSONValue.number(0x1p63).integerValue == nil)
    #expect(JSONValue.number(-0x1p63).integerValue == .min)
    #expect(JSONValue.integer(3).doubleValue == 3)
    #expect(JSONValue.string("1").doubleValue == nil)
    #expect(JSONValue.null.isNull)
    #expect(JSONValue.bool(true).boolValue == true)
    #expect(JSONValue(UInt64.max) == .number(0x1p64))
    #expect(JSONValue(nil as String?) == .null)
  }

  @Test func elementsAgreeWithTheTree() throws {
    let text =
      #"{"a":[1,-0,2.5,18446744073709551615,"x\u0000",null,true,false,{},[]],"b":{"c":"d"}}"#
    let root = try JSONDocument.parse(Array(text.utf8)).root
    func check(_ element: JSONElement, _ value: JSONValue, _ pointer: JSONPointer) {
      #expect(element.kind == value.kind)
      #expect(element.pointer == pointer)
      #expect(element.isNull == value.isNull)
      #expect(element.boolValue == value.boolValue)
      #expect(element.integerValue == value.integerValue)
      #expect(element.doubleValue?.bitPattern == value.doubleValue?.bitPattern)
      #expect(element.stringValue == value.stringValue)
      let bytes = element.withStringBytes { $0.map { Array($0) } }
      #expect(bytes == value.stringValue.map { Array($0.utf8) })
      let elements = Array(element.elements())
      #expect(elements.count == value.arrayValue?.count ?? 0)
      for (index, part) in (value.arrayValue ?? []).enumerated() {
        check(elements[index], part, pointer.appending(index))
      }
      #expect(element.members().map(\.key) == value.objectValue?.keys ?? [])
      for (key, member) in element.members() {
        check(member, value[key] ?? .null, pointer.appending(key))
      }
    }
    check(root, root.value(), .root)
    #expect(root["b"]?["c"]?.stringValue == "d")
    #expect(root["x"] == nil)
    #expect(root["a"]?["x"] == nil)
  }

  @Test func aDocumentOutlivesItsText() throws {
    func parsed() throws -> JSONElement {
      try JSONDocument.parse(Array(#"["text that is long enough to be on the heap",1]"#.utf8)).root
    }
    let elements = Array(try parsed().elements())
    #expect(elements[0].stringValue == "text that is long enough to be on the heap")
  }
}

@Suite struct JSONObjectTests {
  @Test func keepsTheOrderAndUniquenessOfKeys() {
    var object: JSONObject = ["b": 1, "a": 2]
    object["c"] = 3
    object["b"] = 4
    #expect(object.keys == ["b", "a", "c"])
    #expect(object.map { $0.value } == [4, 2, 3])
    object["a"] = nil
    #expect(object.keys == ["b", "c"])
    #expect(object["c"] == 3)
    #expect(object["a"] == nil)
    object["absent"] = nil
    #expect(object.count == 2)
    object["n"] = JSONValue.null
    #expect(object.contains("n"))
    #expect(!object.contains("a"))
  }

  /// Across the size from which an index is kept, against pairs in a plain list.
  @Test(arguments: 1...4) func agreesWithAListOfPairs(_ seed: UInt64) {
    var generator = SplitMix64(seed: seed)
    var object = JSONObject()
    var pairs: [(key: String, value: JSONValue)] = []
    for _ in 0..<600 {
      let key = "k\(Int.random(in: 0..<24, using: &generator))"
      let value = JSONValue(Int.random(in: 0..<100, using: &generator))
      let place = pairs.firstIndex { $0.key == key }
      if Int.random(in: 0..<5, using: &generator) < 3 {
        object[key] = value
        if let place { pairs[place].value = value } else { pairs.append((key, value)) }
      } else {
        object[key] = nil
        if let place { pairs.remove(at: place) }
      }
      #expect(object.keys == pairs.map(\.key))
      #expect(object.map(\.value) == pairs.map(\.value))
      #expect(pairs.allSatisfy { object[$0.key] == $0.value })
      #expect(object["absent"] == nil)
    }
  }

  @Test func equalityIgnoresOrder() {
    let left: JSONObject = ["a": 1, "b": [1, 2]]
    let right: JSONObject = ["b": [1, 2], "a": 1]
    #expect(left == right)
    #expect(left.hashValue == right.hashValue)
    #expect(left != ["a": 1, "b": [2, 1]])
    #expect(left != ["a": 1])
    #expect(left != ["a": 1, "c": [1, 2]])
  }
}
