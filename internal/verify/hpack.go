package verify

// statuses are the entries 8 to 14 of the static table of HPACK (RFC 7541, A).
var statuses = [...]string{8: "200", 9: "204", 10: "206", 11: "304", 12: "400", 13: "404", 14: "500"}

// statusOf reads the status at the beginning of the fields of an HTTP/2
// response, where RFC 9113, 8.3 has it. It is "" where it is an entry of the
// dynamic table, which is not followed.
func statusOf(block []byte) string {
	block = afterSizeUpdates(block)
	if len(block) == 0 {
		return ""
	}
	b := block[0]
	switch {
	case b&0x80 != 0: // an indexed field
		if i := int(b & 0x7f); i >= 8 && i < len(statuses) {
			return statuses[i]
		}
		return ""
	case b&0x40 != 0 && nameIsStatus(b&0x3f), b&0x40 == 0 && nameIsStatus(b&0x0f):
		return statusText(block[1:])
	}
	return ""
}

// nameIsStatus reports whether an index of the static table names :status.
func nameIsStatus(i byte) bool { return i >= 8 && i <= 14 }

// afterSizeUpdates passes over updates of the dynamic table's size (RFC 7541, 6.3).
func afterSizeUpdates(block []byte) []byte {
	for len(block) > 0 && block[0]&0xe0 == 0x20 {
		i := 1
		if block[0]&0x1f == 0x1f {
			for i < len(block) && block[i]&0x80 != 0 {
				i++
			}
			i++
		}
		block = block[min(i, len(block)):]
	}
	return block
}

// statusText reads three digits, plain or in the Huffman code.
func statusText(b []byte) string {
	if len(b) == 0 {
		return ""
	}
	length, huffman := int(b[0]&0x7f), b[0]&0x80 != 0
	if length > 3 || len(b) < 1+length {
		return ""
	}
	text := b[1 : 1+length]
	if huffman {
		text = digits(text)
	}
	if len(text) != 3 {
		return ""
	}
	for _, c := range text {
		if c < '0' || c > '9' {
			return ""
		}
	}
	return string(text)
}

// digits decodes digits in the Huffman code (RFC 7541, B): 0 to 2 have five
// bits and are their value, 3 to 9 have six and begin at 0x19.
func digits(b []byte) []byte {
	var bits, have uint
	var out []byte
	for _, c := range b {
		bits, have = bits<<8|uint(c), have+8
		for have >= 5 {
			five := bits >> (have - 5) & 0x1f
			if five <= 2 {
				out, have = append(out, '0'+byte(five)), have-5
				continue
			}
			if have < 6 {
				break
			}
			six := bits >> (have - 6) & 0x3f
			if six < 0x19 || six > 0x1f {
				return out
			}
			out, have = append(out, '3'+byte(six-0x19)), have-6
		}
	}
	return out
}

// trailers reports whether the fields cannot be those of a response's head:
// its first is an entry of the static table that is no status.
func trailers(block []byte) bool {
	block = afterSizeUpdates(block)
	if len(block) == 0 {
		return true
	}
	b := block[0]
	switch {
	case b&0x80 != 0:
		i := b & 0x7f
		return i < 62 && !nameIsStatus(i)
	case b&0x40 != 0:
		return b&0x3f < 62 && !nameIsStatus(b&0x3f)
	}
	return b&0x0f != 0x0f && !nameIsStatus(b&0x0f)
}
