package report

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"

	"github.com/terraform-srm/terraform-provider-srm/internal/assessment"
)

// ManifestFormat identifies the format of a manifest.
const ManifestFormat = "srm-evidence/1"

// The files of a folder of evidence that describe the others. ManifestDigestFile has the form of sha256sum.
const (
	ManifestFile       = "manifest.json"
	ManifestDigestFile = "manifest.sha256"
)

// Manifest lists the files of a folder of evidence with their digests.
type Manifest struct {
	Format      string            `json:"format"`
	Tool        string            `json:"tool"`
	Assessments []AssessedSubject `json:"assessments"`
	Files       []FileDigest      `json:"files"` // Sorted by path.
	// Previous is the manifest of the folder before this one: folders form a chain.
	Previous *PreviousManifest `json:"previous,omitempty"`
}

// AssessedSubject is a cluster or an Organization that was assessed.
type AssessedSubject struct {
	Scope  string `json:"scope"`
	ReadAt string `json:"read_at"`
	AsOf   string `json:"as_of"`
	Digest string `json:"digest"`
}

// FileDigest is a file of the folder.
type FileDigest struct {
	Path   string `json:"path"` // With slashes, relative to the folder.
	Size   int    `json:"size"`
	SHA256 string `json:"sha256"`
}

// PreviousManifest is the manifest of an earlier folder.
type PreviousManifest struct {
	Folder string `json:"folder"` // Name of the folder, as information.
	SHA256 string `json:"sha256"` // Of its manifest.json.
}

// NewManifest returns the manifest of files, by path.
func NewManifest(
	tool string, assessments []assessment.Assessment, files map[string][]byte, previous *PreviousManifest,
) Manifest {
	m := Manifest{Format: ManifestFormat, Tool: tool, Assessments: []AssessedSubject{}, Previous: previous}
	for _, a := range assessments {
		m.Assessments = append(m.Assessments, AssessedSubject{a.Scope, a.ReadAt, a.AsOf, a.Digest})
	}
	for _, path := range slices.Sorted(maps.Keys(files)) {
		m.Files = append(m.Files, FileDigest{Path: path, Size: len(files[path]), SHA256: sha256Of(files[path])})
	}
	return m
}

// Encode returns the contents of ManifestFile and of ManifestDigestFile.
func (m Manifest) Encode() (manifest, digest []byte, err error) {
	manifest, err = json.MarshalIndent(m, "", "  ")
	manifest = append(manifest, '\n')
	return manifest, []byte(sha256Of(manifest) + "  " + ManifestFile + "\n"), err
}

// ReadManifest reads the manifest of a folder, and its digest. It does not check the other files.
func ReadManifest(folder fs.FS) (Manifest, string, error) {
	var m Manifest
	content, err := fs.ReadFile(folder, ManifestFile)
	if err != nil {
		return m, "", err
	}
	if err := json.Unmarshal(content, &m); err != nil {
		return m, "", fmt.Errorf("%s is not a manifest: %w", ManifestFile, err)
	}
	if m.Format != ManifestFormat {
		return m, "", fmt.Errorf("%s has the format %q; allowed: %q", ManifestFile, m.Format, ManifestFormat)
	}
	return m, sha256Of(content), nil
}

// VerifyEvidence compares the files of a folder with its manifest. It returns the manifest with its digest, and every
// difference.
func VerifyEvidence(folder fs.FS) (m Manifest, digest string, problems []string, err error) {
	if m, digest, err = ReadManifest(folder); err != nil {
		return m, "", nil, err
	}
	noted, err := fs.ReadFile(folder, ManifestDigestFile)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		problems = append(problems, ManifestDigestFile+" is missing")
	case err != nil:
		return m, digest, nil, err
	case string(noted) != digest+"  "+ManifestFile+"\n":
		problems = append(problems, ManifestFile+" does not have the digest in "+ManifestDigestFile)
	}
	listed := map[string]bool{ManifestFile: true, ManifestDigestFile: true}
	for _, f := range m.Files {
		listed[f.Path] = true
		content, err := fs.ReadFile(folder, f.Path)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			problems = append(problems, f.Path+" is missing")
		case errors.Is(err, fs.ErrInvalid):
			problems = append(problems, fmt.Sprintf("%q is not a path in the folder", f.Path))
		case err != nil:
			return m, digest, nil, err
		case sha256Of(content) != f.SHA256 || len(content) != f.Size:
			problems = append(problems, f.Path+" was changed")
		}
	}
	err = fs.WalkDir(folder, ".", func(path string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() && !listed[path] {
			problems = append(problems, path+" is not in the manifest")
		}
		return err
	})
	return m, digest, problems, err
}

// VerifyChain checks that the folders follow each other: each manifest but the first names the digest of the one
// before. The digests are those of ReadManifest, the oldest first.
func VerifyChain(manifests []Manifest, digests []string) []string {
	problems := []string{}
	for i := 1; i < len(manifests); i++ {
		previous := manifests[i].Previous
		if previous == nil {
			problems = append(problems, fmt.Sprintf("folder %d of %d names no folder before it", i+1, len(manifests)))
		} else if previous.SHA256 != digests[i-1] {
			problems = append(problems, fmt.Sprintf("folder %d of %d follows another folder: %s", i+1, len(manifests),
				cmp.Or(strings.TrimSpace(previous.Folder), previous.SHA256)))
		}
	}
	return problems
}

func sha256Of(content []byte) string {
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:])
}
