extension JSONTape {
  /// The place of the value whose key was there before in the same object, the first one in text
  /// order of the object found first; nil when all keys are unique. O(words + k log k).
  func firstDuplicateKey() -> Int? {
    var place = Self.root
    let end = after(Self.root)
    while place < end {
      if mark(place) == Mark.objectStart, let duplicate = duplicateKey(in: place) {
        return duplicate
      }
      place = next(place)
    }
    return nil
  }

  /// The place of the next word in text order, entering arrays and objects.
  private func next(_ place: Int) -> Int {
    switch mark(place) {
    case Mark.integer, Mark.unsigned, Mark.double: place + 2
    default: place + 1
    }
  }

  private func duplicateKey(in object: Int) -> Int? {
    var keys: [Int] = []
    var place = object + 1
    while mark(place) != Mark.objectEnd {
      keys.append(place)
      place = after(place + 1)
    }
    // Few keys: compare each with each. Many: sort, so that no choice of keys makes it quadratic.
    if keys.count <= 16 {
      for index in keys.indices.dropFirst()
      where keys[..<index].contains(where: { isSameText($0, keys[index]) }) {
        return keys[index] + 1
      }
      return nil
    }
    keys.sort { left, right in
      isSameText(left, right)
        ? left < right : text(left).lexicographicallyPrecedes(text(right))
    }
    var first: Int?
    for (left, right) in zip(keys, keys.dropFirst()) where isSameText(left, right) {
      first = min(first ?? right, right)
    }
    return first.map { $0 + 1 }
  }

  private func isSameText(_ left: Int, _ right: Int) -> Bool {
    let (left, right) = (text(left), text(right))
    return left.count == right.count && left.elementsEqual(right)
  }

  /// The pointer to the value at a place, found from the root; long keys are clipped.
  /// O(siblings along the path).
  func pointer(to target: Int) -> JSONPointer {
    var tokens: [String] = []
    var place = Self.root
    while place != target {
      let isObject = mark(place) == Mark.objectStart
      var child = place + 1
      var index = 0
      var value = isObject ? child + 1 : child
      while after(value) <= target {
        child = after(value)
        value = isObject ? child + 1 : child
        index += 1
      }
      tokens.append(isObject ? string(child).clipped : String(index))
      place = value
    }
    return JSONPointer(tokens)
  }
}
