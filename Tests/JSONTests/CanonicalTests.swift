import JSON
import TestSupport
import Testing

/// RFC 8785. The vectors of its appendix B and of section 3.2, checked with another ECMAScript
/// implementation (Node.js 18, `String(value)`).
@Suite struct CanonicalTests {
  private func canonical(_ value: JSONValue) -> String {
    String(decoding: value.canonical(), as: UTF8.self)
  }

  @Test(
    arguments: [
      (0x0000_0000_0000_0000, "0"), (0x8000_0000_0000_0000, "0"), (0x0000_0000_0000_0001, "5e-324"),
      (0x8000_0000_0000_0001, "-5e-324"), (0x7fef_ffff_ffff_ffff, "1.7976931348623157e+308"),
      (0xffef_ffff_ffff_ffff, "-1.7976931348623157e+308"),
      (0x4340_0000_0000_0000, "9007199254740992"), (0xc340_0000_0000_0000, "-9007199254740992"),
      (0x4430_0000_0000_0000, "295147905179352830000"),
      (0x44b5_2d02_c7e1_4af5, "9.999999999999997e+22"), (0x44b5_2d02_c7e1_4af6, "1e+23"),
      (0x44b5_2d02_c7e1_4af7, "1.0000000000000001e+23"),
      (0x444b_1ae4_d6e2_ef4e, "999999999999999700000"),
      (0x444b_1ae4_d6e2_ef4f, "999999999999999900000"), (0x444b_1ae4_d6e2_ef50, "1e+21"),
      (0x3eb0_c6f7_a0b5_ed8c, "9.999999999999997e-7"), (0x3eb0_c6f7_a0b5_ed8d, "0.000001"),
      (0x41b3_de43_5555_5553, "333333333.3333332"), (0x41b3_de43_5555_5554, "333333333.33333325"),
      (0x41b3_de43_5555_5555, "333333333.3333333"), (0x41b3_de43_5555_5556, "333333333.3333334"),
      (0x41b3_de43_5555_5557, "333333333.33333343"),
      (0xbecb_f647_612f_3696, "-0.0000033333333333333333"),
      (0x4314_3ff3_c1cb_0959, "1424953923781206.2"), (0x7fff_ffff_ffff_ffff, "null"),
      (0x7ff0_0000_0000_0000, "null"), (0x3ff0_0000_0000_0000, "1"),
      (0xbff8_0000_0000_0000, "-1.5"),
      (0x3e7a_d7f2_9abc_af48, "1e-7"),
    ] as [(UInt64, String)])
  func writesNumbersAsECMAScript(_ bits: UInt64, _ expected: String) {
    #expect(canonical(.number(Double(bitPattern: bits))) == expected)
  }

  @Test func writesTheSampleOfTheRFC() throws {
    let source = #"""
      {
        "numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
        "string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/",
        "literals": [null, true, false]
      }
      """#
    let expected =
      #"{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"#
      + #""string":"€$\u000f\nA'B\"\\\\\"/"}"#
    #expect(canonical(try JSONValue.parse(source)) == expected)
  }

  /// Section 3.2.3: by UTF-16 code units, so that 😀 (U+1F600, d83d de00) comes before U+FB33.
  @Test func sortsKeysByTheirUTF16CodeUnits() throws {
    let source = #"""
      {"\u20ac":"Euro Sign","\r":"Carriage Return","\ufb33":"Hebrew Letter Dalet With Dagesh",
       "1":"One","\ud83d\ude00":"Emoji: Grinning Face","\u0080":"Control",
       "\u00f6":"Latin Small Letter O With Diaeresis"}
      """#
    let keys = try JSONValue.parse(JSONValue.parse(source).canonical()).objectValue?.keys
    #expect(keys == ["\r", "1", "\u{80}", "\u{f6}", "\u{20ac}", "\u{1F600}", "\u{fb33}"])
  }

  @Test func equalValuesGiveEqualBytes() throws {
    let left = try JSONValue.parse(#"{"b":1.0,"a":[1e2,-0.0,{"y":0,"x":"\u0041"}]}"#)
    let right = try JSONValue.parse(#" { "a" : [ 100 , 0 , { "x" : "A", "y" : 0 } ] , "b" : 1 } "#)
    #expect(left.canonical() == right.canonical())
    #expect(canonical(left) == #"{"a":[100,0,{"x":"A","y":0}],"b":1}"#)
  }

  @Test func keepsLargeIntegersApart() throws {
    #expect(canonical(9_007_199_254_740_993) == "9007199254740993")
    #expect(canonical(.integer(.max)) == "9223372036854775807")
    #expect(canonical(.integer(.min)) == "-9223372036854775808")
  }

  @Test func isItsOwnCanonicalForm() throws {
    var generator = SplitMix64(seed: 5)
    for _ in 0..<5000 {
      let value = Double(bitPattern: generator.next())
      let once = JSONValue.array([.number(value)]).canonical()
      #expect(try JSONValue.parse(once).canonical() == once)
    }
  }
}
