package lifecycle

import (
	"errors"
	"slices"
	"testing"
)

func TestParseMinor(t *testing.T) {
	t.Parallel()
	const form = ` Write the major and minor numbers with a dot, such as "1.35".`
	for _, test := range []struct {
		in      string
		want    Minor
		problem string
	}{
		{"1.35", Minor{1, 35}, ""},
		{"1.0", Minor{1, 0}, ""},
		{"1.3", Minor{}, `"1.3" is older than any minor that Scaleway has offered: without quotes, Terraform reads ` +
			`1.30 as ` +
			`the ` +
			`number 1.3. Write the version in quotes: "1.30".`},
		{"1.4", Minor{}, `"1.4" is older than any minor that Scaleway has offered: without quotes, Terraform reads ` +
			`1.40 as ` +
			`the ` +
			`number 1.4. Write the version in quotes: "1.40".`},
		{" 1.3", Minor{}, `" 1.3" has leading or trailing spaces. Write "1.30".`},
		{"v1.3", Minor{}, `"v1.3" starts with "v". Write "1.30".`},
		{"1.35.3", Minor{}, `"1.35.3" is a patch version, but a minor version is expected. Write "1.35": ` +
			`auto-upgrade ` +
			`chooses the patch.`},
		{"v1.35", Minor{}, `"v1.35" starts with "v". Write "1.35".`},
		{"v1.35.3", Minor{}, `"v1.35.3" starts with "v". Write "1.35".`},
		{"1.35.x", Minor{}, `"1.35.x" has more than a major and a minor number. Write "1.35".`},
		{"1.35.0-rc.1", Minor{}, `"1.35.0-rc.1" has more than a major and a minor number. Write "1.35".`},
		{" 1.35", Minor{}, `" 1.35" has leading or trailing spaces. Write "1.35".`},
		{"", Minor{}, `"" is not a minor version.` + form},
		{"latest", Minor{}, `"latest" is not a minor version.` + form},
		{"1", Minor{}, `"1" is not a minor version.` + form},
		{"1.", Minor{}, `"1." is not a minor version.` + form},
		{"1.035", Minor{}, `"1.035" is not a minor version.` + form},
		{"1.+5", Minor{}, `"1.+5" is not a minor version.` + form},
		{"-1.35", Minor{}, `"-1.35" is not a minor version.` + form},
		{"1,35", Minor{}, `"1,35" is not a minor version.` + form},
		{"1.999999", Minor{}, `"1.999999" is not a minor version.` + form},
		{"1.٣٥", Minor{}, `"1.٣٥" is not a minor version.` + form},
	} {
		got, err := ParseMinor(test.in)
		if got != test.want {
			t.Errorf("ParseMinor(%q) = %v, want %v", test.in, got, test.want)
		}
		checkError(t, err, test.problem)
	}
}

func TestParseVersion(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		in      string
		want    Version
		problem string
	}{
		{"1.35.3", Version{Minor{1, 35}, 3}, ""},
		{"1.35.0", Version{Minor{1, 35}, 0}, ""},
		{"1.35", Version{}, `"1.35" is a minor version, but a patch version is expected. Add the patch number, such ` +
			`as ` +
			`"1.35.0".`},
		{"v1.35.3", Version{}, `"v1.35.3" is not a patch version. Write three numbers with dots, such as ` +
			`"1.35.3".`},
		{"1.35.3.1", Version{}, `"1.35.3.1" is not a patch version. Write three numbers with dots, such as ` +
			`"1.35.3".`},
		{"", Version{}, `"" is not a patch version. Write three numbers with dots, such as "1.35.3".`},
	} {
		got, err := ParseVersion(test.in)
		if got != test.want {
			t.Errorf("ParseVersion(%q) = %v, want %v", test.in, got, test.want)
		}
		checkError(t, err, test.problem)
	}
}

func checkError(t *testing.T, err error, want string) {
	t.Helper()
	if want == "" {
		if err != nil {
			t.Errorf("unexpected error: %v", err)
		}
		return
	}
	var parse *ParseError
	if !errors.As(err, &parse) || err.Error() != want {
		t.Errorf("error:\n%v\nwant\n%s", err, want)
	}
}

func FuzzParseMinor(f *testing.F) {
	for _, s := range []string{"1.35", "1.35.3", "v1.35", "", ".", "1.035", " 1.35 ", "1.35.x"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		m, err := ParseMinor(s)
		if err == nil {
			if m.String() != s {
				t.Errorf("%q is parsed as %v", s, m)
			}
			return
		}
		var parse *ParseError
		if !errors.As(err, &parse) || parse.Input != s || parse.Fix == "" || m != (Minor{}) {
			t.Errorf("%q: %v, %+v", s, m, err)
		}
	})
}

func FuzzParseVersion(f *testing.F) {
	for _, s := range []string{"1.35.3", "1.35", "v1.35.3", "", "..", "1.35.03"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		v, err := ParseVersion(s)
		if err == nil {
			if v.String() != s {
				t.Errorf("%q is parsed as %v", s, v)
			}
			if _, err := ParseMinor(s); err == nil {
				t.Errorf("%q is both a minor and a patch version", s)
			}
			return
		}
		if v != (Version{}) {
			t.Errorf("%q: error and %v", s, v)
		}
	})
}

func TestCompare(t *testing.T) {
	t.Parallel()
	ascending := []Version{
		{Minor{1, 9}, 10}, {Minor{1, 34}, 0}, {Minor{1, 35}, 2}, {Minor{1, 35}, 10}, {Minor{2, 0}, 0},
	}
	for i, a := range ascending {
		for j, b := range ascending {
			if got := a.Compare(b); (got < 0) != (i < j) || (got == 0) != (i == j) {
				t.Errorf("%v.Compare(%v) = %d", a, b, got)
			}
		}
	}
	if got := (Minor{1, 35}).Next(); got != (Minor{1, 36}) {
		t.Errorf("the minor after 1.35 is %v", got)
	}
}

func TestHighestPatchAndMinors(t *testing.T) {
	t.Parallel()
	names := []string{"1.35.9", "1.34.1", "1.35.10", "nonsense", "1.35", "1.36.0-rc.1", "1.35.2", "1.9.0"}
	if got, ok := HighestPatch(names, Minor{1, 35}); got != "1.35.10" || !ok {
		t.Errorf("got %q, %v", got, ok)
	}
	if got, ok := HighestPatch(names, Minor{1, 36}); got != "" || ok {
		t.Errorf("got %q, %v", got, ok)
	}
	if got, ok := HighestPatch([]string{"1.36.0"}, Minor{1, 36}); got != "1.36.0" || !ok {
		t.Errorf("got %q, %v", got, ok)
	}
	if got := Minors(names); !slices.Equal(got, []Minor{{1, 9}, {1, 34}, {1, 35}}) {
		t.Errorf("got %v", got)
	}
	if got := Minors(nil); got == nil || len(got) != 0 {
		t.Errorf("got %#v", got)
	}
}

func TestNextUpgrades(t *testing.T) {
	t.Parallel()
	names := []string{"1.34.7", "1.35.1", "1.35.3", "1.36.0", "1.36.1", "1.37.0"}
	for _, test := range []struct{ current, patch, minor string }{
		{"1.35.1", "1.35.3", "1.36.1"},
		{"1.35.3", "", "1.36.1"},
		{"1.35.4", "", "1.36.1"},
		{"1.37.0", "", ""},
		{"1.33.5", "", "1.34.7"},
		{"1.32.0", "", ""},
	} {
		v, err := ParseVersion(test.current)
		if err != nil {
			t.Fatal(err)
		}
		if patch, minor := NextUpgrades(v, names); patch != test.patch || minor != test.minor {
			t.Errorf("after %s: %q, %q, want %q, %q", v, patch, minor, test.patch, test.minor)
		}
	}
}

func TestCheckUpgrade(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		from, to Minor
		reason   error
		text     string
	}{
		{Minor{1, 35}, Minor{1, 35}, nil, ""},
		{Minor{1, 35}, Minor{1, 36}, nil, ""},
		{Minor{1, 35}, Minor{1, 34}, ErrDowngrade, `version 1.34 is older than 1.35, which the cluster already runs. ` +
			`Kubernetes is never downgraded: set version to "1.35", or to "1.36" to upgrade.`},
		{Minor{1, 35}, Minor{1, 37}, ErrSkippedMinor, `version 1.37 skips a minor after 1.35. ` +
			`Upgrade one minor at a time: set version to "1.36" first, apply, then continue.`},
		{Minor{2, 0}, Minor{1, 40}, ErrDowngrade, `version 1.40 is older than 2.0, which the cluster already runs. ` +
			`Kubernetes is never downgraded: set version to "2.0", or to "2.1" to upgrade.`},
	} {
		err := CheckUpgrade(test.from, test.to)
		if test.reason == nil {
			if err != nil {
				t.Errorf("%v to %v: %v", test.from, test.to, err)
			}
			continue
		}
		var upgrade *UpgradeError
		if !errors.Is(err, test.reason) || !errors.As(err, &upgrade) || upgrade.Allowed != test.from.Next() ||
			err.Error() != test.text {
			t.Errorf("%v to %v:\n%v\nwant\n%s", test.from, test.to, err, test.text)
		}
	}
}

// FuzzCompare checks that the order of versions is total, antisymmetric and transitive, and that formatted versions
// parse to the same value.
func FuzzCompare(f *testing.F) {
	f.Add(1, 35, 3, 1, 35, 10, 1, 36, 0)
	f.Add(1, 9, 0, 2, 0, 0, 1, 10, 0)
	f.Add(0, 0, 0, 0, 0, 0, 99999, 99999, 99999)
	f.Fuzz(func(t *testing.T, a1, a2, a3, b1, b2, b3, c1, c2, c3 int) {
		all := []Version{}
		for _, n := range [][3]int{{a1, a2, a3}, {b1, b2, b3}, {c1, c2, c3}} {
			for i := range n {
				n[i] = int(uint(n[i]) % 100_000) // Numbers that ParseVersion accepts.
			}
			v := Version{Minor{n[0], n[1]}, n[2]}
			read, err := ParseVersion(v.String())
			if err != nil || read != v {
				t.Fatalf("%v is parsed as %v, %v", v, read, err)
			}
			minor, err := ParseMinor(v.Minor.String())
			if lostZero := v.Major == 1 && v.Minor.Minor >= 1 && v.Minor.Minor <= 9; lostZero != (err != nil) ||
				err == nil &&
					minor != v.Minor {
				t.Fatalf("%v is parsed as %v, %v", v.Minor, minor, err)
			}
			all = append(all, v)
		}
		for _, a := range all {
			for _, b := range all {
				if a.Compare(b) != -b.Compare(a) || (a.Compare(b) == 0) != (a == b) {
					t.Errorf("%v and %v: %d and %d", a, b, a.Compare(b), b.Compare(a))
				}
				if order := a.Minor.Compare(b.Minor); order != 0 && order != a.Compare(b) {
					t.Errorf("%v and %v: %d by minor, %d by version", a, b, order, a.Compare(b))
				}
				for _, c := range all {
					if a.Compare(b) <= 0 && b.Compare(c) <= 0 && a.Compare(c) > 0 {
						t.Errorf("the order of %v, %v and %v is not transitive", a, b, c)
					}
				}
			}
		}
	})
}
