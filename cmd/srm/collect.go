package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/terraform-srm/terraform-provider-srm/internal/assessment"
	"github.com/terraform-srm/terraform-provider-srm/internal/collect"
	"github.com/terraform-srm/terraform-provider-srm/internal/scaleway"
)

func (a app) collectCommand() *cobra.Command {
	var c connection
	var cluster, output string
	var layers, buckets []string
	var isOrganization bool
	command := &cobra.Command{
		Use:   "collect --cluster NAME|ID | --organization",
		Short: "Read the facts of a cluster or of the Organization into a file",
		Long: `Read the facts of a cluster, its Project and what runs in it into a JSON file, which srm assess
--facts judges later or elsewhere. The file has no Secret, no token, no content of user data and
no value of an environment variable.

With --in-cluster the command reads the API server from a pod of the cluster, such as a CronJob
of a cluster whose API server is private. What cannot be read is in the file as a gap with its
reason.

With --organization it reads IAM, Audit Trail and contracts of the Organization: ids only, no name
and no e-mail address of a person.`,
		Example: `  srm collect --cluster prod --output prod.json
  srm collect --cluster fr-par/11111111-1111-4111-8111-111111111111 --layers api --output -
  srm collect --organization --profile auditor --output organization.json`,
		Args: noArguments,
		RunE: func(command *cobra.Command, _ []string) error {
			if err := errors.Join(
				checkExclusive(command.Flags(), "cluster", "organization"),
				checkAny(command.Flags(), "cluster", "--cluster NAME", "cluster", "organization"),
			); err != nil {
				return err
			}
			if err := errors.Join(checkLayers(layers), checkOutput("--output", output)); err != nil {
				return err
			}
			api, err := a.api(c)
			if err != nil {
				return err
			}
			if isOrganization {
				facts, err := a.readOrganization(command.Context(), api, "")
				if err != nil {
					return err
				}
				return a.writeFacts(
					output,
					facts,
					"FACTS --organization-facts "+output,
					facts.Scope(),
					facts.NothingRead(),
				)
			}
			facts, err := a.read(command.Context(), api, c, cluster, layers, namedBuckets(buckets))
			if err != nil {
				return err
			}
			return a.writeFacts(output, facts, output, facts.Scope(), facts.NothingRead())
		},
	}
	c.addFlags(command.Flags())
	command.Flags().StringVar(&cluster, "cluster", "", "name, UUID or region/UUID of the cluster")
	command.Flags().StringSliceVar(&layers, "layers", assessment.Layers(),
		"what to read: api (the Scaleway API), cluster (the cluster's Kubernetes API)")
	command.Flags().StringSliceVar(&buckets, "bucket", nil,
		"name of a bucket to read, as in the input buckets of srm assess, or PROJECT_ID/NAME; repeatable")
	command.Flags().StringVar(&output, "output", "facts.json", "file to write; - is the standard output")
	command.Flags().BoolVar(&isOrganization, "organization", false, "read the Organization in place of a cluster")
	return command
}

// writeFacts writes facts, and says how to judge them: assess is the value of --facts. If nothing of the scope was
// read, gap says why, and the exit code says so, too.
func (a app) writeFacts(path string, facts any, assess, scope string, gap *assessment.Gap) error {
	if err := a.writeJSON(path, facts); err != nil {
		return err
	}
	if gap != nil {
		_, _ = fmt.Fprintf(a.stderr, "srm: nothing of %s was read: %s\n", scope, describeGap(*gap))
		return exitCode(exitNothing)
	}
	if path == "-" {
		return nil
	}
	_, err := fmt.Fprintf(a.stdout, "Written: %s. Judge it with: srm assess --facts %s\n", path, assess)
	return err
}

// describeGap describes why facts are missing, with what to do about it.
func describeGap(gap assessment.Gap) string {
	text := gap.Reason.Label().EN
	if gap.Needs != "" {
		text += " (" + gap.Needs + ")"
	}
	return text + ". " + gap.Reason.Remedy().EN
}

// namedBuckets returns buckets that are given as NAME or PROJECT_ID/NAME.
func namedBuckets(texts []string) []assessment.NamedBucket {
	buckets := []assessment.NamedBucket{}
	for _, text := range texts {
		project, name, ok := strings.Cut(text, "/")
		if !ok {
			project, name = "", text
		}
		buckets = append(buckets, assessment.NamedBucket{Name: name, ProjectID: project})
	}
	return buckets
}

// checkLayers returns an error for unknown layers.
func checkLayers(layers []string) error {
	for _, layer := range layers {
		if !slices.Contains(assessment.Layers(), layer) {
			return fmt.Errorf("--layers: %q is not a layer; the layers are %s", layer,
				strings.Join(assessment.Layers(), " and "))
		}
	}
	if len(layers) == 0 {
		return errors.New("--layers: no layer is selected")
	}
	return nil
}

// read reads the facts of a cluster and the named buckets, and shows progress on a terminal.
func (a app) read(
	ctx context.Context, api *scaleway.Client, c connection, cluster string, layers []string,
	buckets []assessment.NamedBucket,
) (assessment.Facts, error) {
	found, err := find(ctx, api, cluster)
	if err != nil {
		return assessment.Facts{}, err
	}
	sources := a.sources(api, c, found, slices.Contains(layers, assessment.LayerCluster))
	sources.Buckets = buckets
	if a.isTerminal {
		sources.Progress = func(requests int) {
			_, _ = fmt.Fprintf(a.stderr, "\rReading %s: %d requests", cluster, requests)
		}
		defer func() { _, _ = fmt.Fprint(a.stderr, "\r\033[K") }()
	}
	return collect.Cluster(ctx, sources, found.region, found.id)
}

// writeJSON writes a value as JSON into a file, or to the standard output if the path is "-". Only the user may read
// the file: facts name what runs in a cluster.
func (a app) writeJSON(path string, value any) error {
	encoded, err := encodeJSON(value)
	if err != nil {
		return err
	}
	if path == "-" {
		_, err = a.stdout.Write(encoded)
		return err
	}
	return writeFile(path, encoded)
}

// encodeJSON returns a value as the JSON of all files.
func encodeJSON(value any) ([]byte, error) {
	encoded, err := json.MarshalIndent(value, "", "  ")
	return append(encoded, '\n'), err
}

// writeFile replaces a file as a whole: an interrupted write leaves the old content. Only the user may read the file. A
// link keeps leading to its target, and a device or a pipe is written to.
func writeFile(path string, content []byte) error {
	if target, err := filepath.EvalSymlinks(path); err == nil {
		path = target
	}
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() {
		return os.WriteFile(path, content, 0o600)
	}
	temporary, err := createBeside(path)
	if err != nil {
		return err
	}
	_, err = temporary.Write(content)
	if err = errors.Join(err, temporary.Close()); err == nil {
		err = os.Rename(temporary.Name(), path)
	}
	if err != nil {
		_ = os.Remove(temporary.Name())
	}
	return err
}

// createBeside creates an empty temporary file in the folder of a file. Errors name the file and the folder.
func createBeside(path string) (*os.File, error) {
	folder := filepath.Dir(path)
	temporary, err := os.CreateTemp(folder, ".srm-*")
	if failed, ok := errors.AsType[*os.PathError](err); ok {
		return nil, fmt.Errorf("%s cannot be written: the folder %s: %w", path, folder, failed.Err)
	}
	return temporary, err
}

// checkOutput refuses a file that cannot be written, before anything is read; an empty path and "-" are none.
func checkOutput(flag, path string) error {
	if path == "" || path == "-" {
		return nil
	}
	if target, err := filepath.EvalSymlinks(path); err == nil {
		path = target
	}
	switch info, err := os.Stat(path); {
	case err == nil && info.IsDir():
		return fmt.Errorf("%s: %s is a folder; allowed: a file", flag, path)
	case err == nil && !info.Mode().IsRegular():
		return nil
	}
	temporary, err := createBeside(path)
	if err == nil {
		err = errors.Join(temporary.Close(), os.Remove(temporary.Name()))
	}
	if err != nil {
		return fmt.Errorf("%s: %w", flag, err)
	}
	return nil
}

// isTerminal reports whether w is a terminal.
func isTerminal(w io.Writer) bool {
	file, ok := w.(*os.File)
	return ok && term.IsTerminal(int(file.Fd()))
}
