package compliance

import "testing"

func TestNearest(t *testing.T) {
	t.Parallel()
	types := []string{"POP2-2C-8G", "POP2-4C-16G", "POP2-HC-4C-8G", "POP2-HM-2C-16G", "L4-1-24G", "RENDER-S"}
	for name, want := range map[string]string{
		"pop2_4c_16g": "POP2-4C-16G", "POP2 4C 16G": "POP2-4C-16G", "pop24c16g": "POP2-4C-16G",
		"POP2-4C-16": "POP2-4C-16G",
		"POP-4C-16G": "POP2-4C-16G", "POP2-C4-16G": "POP2-4C-16G", "POP2-HC-4C-8GB": "POP2-HC-4C-8G",
		"L4-1-42G": "L4-1-24G", "rendr-s": "RENDER-S",
		"m5.large": "", "POP2-4C-16G-WIN": "", "": "", "-": "", "Standard_D4s_v3": "",
	} {
		if got, ok := Nearest(name, types); got != want || ok != (want != "") {
			t.Errorf("%q: %q, %t, want %q", name, got, ok, want)
		}
	}
}

func TestEditDistance(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		a, b string
		want int
	}{
		{"", "", 0}, {"", "AB", 2}, {"AB", "", 2}, {"AB", "BA", 1}, {"KITTEN", "SITTING", 3}, {"ABCD", "ACBD", 1}, {"A",
			"A", 0},
	} {
		if got := editDistance(test.a, test.b); got != test.want {
			t.Errorf("%q, %q: %d, want %d", test.a, test.b, got, test.want)
		}
	}
}
