package report

import (
	"encoding/json"
	"reflect"
	"regexp"
	"strings"
	"testing"
)

func TestRedactedText(t *testing.T) {
	t.Parallel()
	r := Redactor{Key: []byte("key")}
	const id = "cb487fae-71e6-4d1f-bd43-cb57e47b6c14"
	for _, test := range []struct{ name, text, want string }{
		{"UUID", "node_age@fr-par/" + id + " is old", `^node_age@fr-par/id-[0-9a-f]{12} is old$`},
		{"UUID, upper case", strings.ToUpper(id), `^id-[0-9a-f]{12}$`},
		{"node", "scw-prod-default-cb487fae71e64d1fbd43cb57e47b6c14", `^scw-prod-default-id-[0-9a-f]{12}$`},
		{"volume", id + "_web and _10.1.2.3_", `^id-[0-9a-f]{12}_web and _ip-[0-9a-f]{12}_$`},
		{"access key", "key SCW0123456789ABCDEFG.", `^key key-[0-9a-f]{12}\.$`},
		{"email", "Approved by <a.b+c@example.com>.", `^Approved by <mail-[0-9a-f]{12}>\.$`},
		{"IPv4 range", "open to 192.0.2.0/24, 0.0.0.0/0", `^open to ip-[0-9a-f]{12}/24, 0\.0\.0\.0/0$`},
		{"DNS name", "192-0-2-7.lb.fr-par.scw.cloud", `^ip-[0-9a-f]{12}\.lb\.fr-par\.scw\.cloud$`},
		{"IPv6", "[2001:db8::1]:6443 and ::/0", `^\[ip-[0-9a-f]{12}\]:6443 and ::/0$`},
		{"IPv6 with IPv4", "::ffff:192.0.2.7", `^[^0-9]*ip-[0-9a-f]{12}$`},
		{"loopback", "127.0.0.1 and ::1", `^127\.0\.0\.1 and ::1$`},
		{"kept", "2026-11-30T09:00:00Z, 2026-11-30-09, 1.36.5, 1.2.3.4.5, sha256:" + strings.Repeat("ab", 32),
			"^2026-11-30T09:00:00Z, 2026-11-30-09, 1.36.5, 1.2.3.4.5, sha256:(ab){32}$"},
	} {
		if got := r.Text(test.text); !regexp.MustCompile(test.want).MatchString(got) {
			t.Errorf("%s: got %q; want %s", test.name, got, test.want)
		}
	}
	if r.Text(id) != r.Text(strings.ToUpper(id)) || r.Text(id) != r.Text(strings.ReplaceAll(id, "-", "")) {
		t.Error("one id has several pseudonyms")
	}
	if r.Text(id) == (Redactor{Key: []byte("other")}).Text(id) {
		t.Error("the pseudonym does not depend on the key")
	}
	if once := r.Text(id + " 192.0.2.7 a@example.com"); r.Text(once) != once {
		t.Errorf("a redacted text changes again: %q", once)
	}
}

func TestRedactedJSON(t *testing.T) {
	t.Parallel()
	got, err := Redactor{Key: []byte("key")}.JSON([]byte(
		`{"10.0.0.1": [12345678901234567890, true, null, "<a@example.com>"], "n": {"x": 1.50}}`))
	if err != nil {
		t.Fatal(err)
	}
	var value map[string]any
	if err := json.Unmarshal(got, &value); err != nil {
		t.Fatal(err)
	}
	text := string(got)
	if strings.Contains(text, "example") || strings.Contains(text, "10.0.0.1") ||
		!strings.Contains(text, "12345678901234567890") || !strings.Contains(text, "1.50") {
		t.Errorf("got %s", text)
	}
	if !reflect.DeepEqual(value["n"], map[string]any{"x": 1.5}) {
		t.Errorf("got %v", value)
	}
	if _, err := (Redactor{}).JSON([]byte("{")); err == nil {
		t.Error("a broken document has no error")
	}
}
