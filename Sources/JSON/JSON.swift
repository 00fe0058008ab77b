// JSON: texts in and out, strictly by RFC 8259. Reading is simdjson's (behind the C target
// CSimdjson) with a grammar of our own for what it does not tell; writing is C++17's to_chars.
// Read first: JSONDocument (a parsed text, walked in place), JSONElement (its values; `numbers`
// turns nested arrays into one contiguous array), JSONWriter. JSONValue is the tree for small
// texts. Must never import anything of ours but CSimdjson, and knows no HTTP, tensors or logs.
