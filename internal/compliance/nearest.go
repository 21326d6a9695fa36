package compliance

import "strings"

// Nearest returns the candidate that is most similar to a misspelt name. It ignores case, dashes, underscores, dots and
// spaces, and allows one or two edits. It returns the first of several equally similar candidates, and false if there
// is none.
func Nearest(name string, candidates []string) (string, bool) {
	bare := normalizeName(name)
	if bare == "" {
		return "", false
	}
	best, least := "", min(2, max(1, len(bare)/3))+1
	for _, candidate := range candidates {
		if edits := editDistance(bare, normalizeName(candidate)); edits < least {
			best, least = candidate, edits
		}
	}
	return best, best != ""
}

// normalizeName returns a name in upper case, without dashes, underscores, dots and spaces.
func normalizeName(name string) string {
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune("-_ .", r) {
			return -1
		}
		return r
	}, strings.ToUpper(name))
}

// editDistance returns the edit distance of two texts: insertions, deletions, replacements and swaps of neighbours.
func editDistance(a, b string) int {
	rows := [3][]int{make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)}
	before, above, row := rows[0], rows[1], rows[2]
	for j := range above {
		above[j] = j
	}
	for i := range len(a) {
		row[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			row[j+1] = min(above[j+1]+1, row[j]+1, above[j]+cost)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				row[j+1] = min(row[j+1], before[j-1]+1)
			}
		}
		before, above, row = above, row, before
	}
	return above[len(b)]
}
