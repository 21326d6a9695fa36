package assessment

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"

	"github.com/terraform-srm/terraform-provider-srm/internal/compliance"
)

// isLocalPath reports whether a text is the path of a file inside a folder, on every operating system.
func isLocalPath(text string) bool {
	return fs.ValidPath(text) && text != "." && !strings.ContainsAny(text, `\:`)
}

// ResolveDocuments computes the digests of documents with a path in the folder of the text. It returns the declarations
// with the digests, and the documents that cannot be read.
func ResolveDocuments(folder fs.FS, declarations Declarations) (Declarations, []Problem) {
	return declarations.withDigests(
		func(a Attestation) (string, error) { return digestFile(folder, a.Document.Path) },
		"a file in the folder of the text", "Correct the path, or add the file.",
	)
}

// RecordedDocuments takes the digests of documents with a path from an earlier reading, by the id of the attestation:
// the documents themselves are not needed. It returns the declarations with the digests, and the documents without one.
func RecordedDocuments(digests map[string]string, declarations Declarations) (Declarations, []Problem) {
	return declarations.withDigests(func(a Attestation) (string, error) {
		if digest := digests[a.ID]; matches(sha256Pattern, digest) {
			return digest, nil
		}
		return "", errors.New("no digest of " + shorten(a.Document.Path) + " is recorded")
	}, "a document whose digest was recorded", "")
}

// sha256Pattern matches the digest of a document.
const sha256Pattern = "^[0-9a-f]{64}$"

// DocumentDigests returns the digests of documents with a path, by the id of the attestation.
func (d Declarations) DocumentDigests() map[string]string {
	digests := map[string]string{}
	for _, a := range d.Attestations {
		if a.Document.Path != "" && a.Document.IsVerified {
			digests[a.ID] = a.Document.SHA256
		}
	}
	return digests
}

// withDigests sets the digests of documents with a path. It returns the documents without one as problems.
func (d Declarations) withDigests(
	digest func(Attestation) (string, error), allowed, fix string,
) (Declarations, []Problem) {
	d.Attestations = slices.Clone(d.Attestations)
	r := &reader{}
	for i := range d.Attestations {
		a := &d.Attestations[i]
		if a.Document.Path == "" {
			continue
		}
		sum, err := digest(*a)
		if err != nil {
			r.id = a.ID
			r.report(d.lines[a.ID], "document.path", compliance.Problem{
				Summary: "The document cannot be read", Found: err.Error(), Allowed: allowed, Fix: fix,
			})
			continue
		}
		a.Document.SHA256, a.Document.IsVerified = sum, true
	}
	return d, r.finish()
}

// digestFile returns the SHA-256 digest of a file.
func digestFile(folder fs.FS, path string) (digest string, err error) {
	if !isLocalPath(path) {
		return "", fmt.Errorf("%s is not a path in the folder", shorten(path))
	}
	file, err := folder.Open(path)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	info, err := file.Stat()
	switch {
	case err != nil:
		return "", err
	case !info.Mode().IsRegular():
		return "", fmt.Errorf("%s is not a file", path)
	case info.Size() == 0:
		return "", fmt.Errorf("%s is empty", path)
	}
	hash := sha256.New()
	if _, err := io.Copy(hash, file); err != nil {
		return "", err
	}
	return hex.EncodeToString(hash.Sum(nil)), nil
}

// JoinDeclarations joins the declarations of several texts. Ids must be unique in all of them.
func JoinDeclarations(texts ...Declarations) (Declarations, []Problem) {
	all := Declarations{Attestations: []Attestation{}, Waivers: []Waiver{}, lines: map[string]int{}}
	r, known := &reader{}, map[string]bool{}
	add := func(id string) {
		if known[id] {
			r.id = id
			r.report(0, "id", compliance.Problem{
				Summary: "The id " + quote(id) + " is in two texts", Allowed: "unique ids", Fix: "Write another id.",
			})
		}
		known[id] = true
	}
	for _, one := range texts {
		for _, a := range one.Attestations {
			add(a.ID)
			all.lines[a.ID] = one.lines[a.ID]
		}
		for _, w := range one.Waivers {
			add(w.ID)
		}
		all.Attestations = append(all.Attestations, one.Attestations...)
		all.Waivers = append(all.Waivers, one.Waivers...)
	}
	return all, r.finish()
}
