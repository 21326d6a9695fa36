package report

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/netip"
	"regexp"
	"strings"
)

// Redactor replaces identifiers by pseudonyms: UUIDs, access keys, email addresses and IP addresses. With one key the
// pseudonym of an identifier is always the same, and without the key no identifier can be found by trying. Other names
// and texts stay.
type Redactor struct {
	Key []byte // Secret.
}

// The identifiers, as the longest run of their characters. The order matters: an email address can contain an IP
// address, not the other way round.
var (
	emailPattern = regexp.MustCompile(`[\pL\pN._%+'-]+@[\pL\pN-]+(\.[\pL\pN-]+)+`)
	// Names of nodes contain an id without hyphens.
	idPattern        = regexp.MustCompile(`(?i)[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}|[0-9a-f]{32,}`)
	accessKeyPattern = regexp.MustCompile(`SCW[0-9A-Z]{17}`)
	// DNS names of servers contain the address with hyphens: 51-15-0-1.lb.fr-par.scw.cloud.
	ipv4Pattern = regexp.MustCompile(`\d+(\.\d+){3,}|\d+(-\d+){3,}`)
	ipv6Pattern = regexp.MustCompile(`(?i)\b[0-9a-f]{0,4}(:[0-9a-f]{0,4}){2,7}(\.\d{1,3}){0,3}`)
)

// Text returns a text with pseudonyms.
func (r Redactor) Text(text string) string {
	text = emailPattern.ReplaceAllStringFunc(
		text,
		func(s string) string { return r.pseudonym("mail", strings.ToLower(s)) },
	)
	text = accessKeyPattern.ReplaceAllStringFunc(text, func(s string) string { return r.pseudonym("key", s) })
	text = idPattern.ReplaceAllStringFunc(text, func(s string) string {
		id := strings.ToLower(strings.ReplaceAll(s, "-", ""))
		if len(id) != hex.EncodedLen(16) { // A digest.
			return s
		}
		return r.pseudonym("id", id)
	})
	text = ipv4Pattern.ReplaceAllStringFunc(text, func(s string) string {
		return r.address(s, strings.ReplaceAll(s, "-", "."))
	})
	return ipv6Pattern.ReplaceAllStringFunc(text, func(s string) string { return r.address(s, s) })
}

// address returns the pseudonym of an IP address. What is none stays, and so do addresses that identify no host: those
// of 0.0.0.0/0, ::/0 and loopback.
func (r Redactor) address(text, address string) string {
	parsed, err := netip.ParseAddr(address)
	if err != nil || parsed.IsUnspecified() || parsed.IsLoopback() {
		return text
	}
	return r.pseudonym("ip", parsed.String())
}

// pseudonym returns a name such as id-1f3a5c7e9b0d.
func (r Redactor) pseudonym(kind, identifier string) string {
	mac := hmac.New(sha256.New, r.Key)
	mac.Write([]byte(kind + "\n" + identifier))
	return kind + "-" + hex.EncodeToString(mac.Sum(nil))[:12]
}

// JSON returns a JSON document with pseudonyms in its strings and in the keys of its objects.
func (r Redactor) JSON(document []byte) ([]byte, error) {
	decoder := json.NewDecoder(bytes.NewReader(document))
	decoder.UseNumber()
	var value any
	if err := decoder.Decode(&value); err != nil {
		return nil, err
	}
	redacted, err := json.MarshalIndent(r.value(value), "", "  ")
	return append(redacted, '\n'), err
}

func (r Redactor) value(value any) any {
	switch v := value.(type) {
	case string:
		return r.Text(v)
	case []any:
		for i := range v {
			v[i] = r.value(v[i])
		}
	case map[string]any:
		redacted := make(map[string]any, len(v))
		for key, one := range v {
			redacted[r.Text(key)] = r.value(one)
		}
		return redacted
	}
	return value
}
