package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/terraform-srm/terraform-provider-srm/internal/assessment"
	"github.com/terraform-srm/terraform-provider-srm/internal/collect"
	"github.com/terraform-srm/terraform-provider-srm/internal/inventory"
	"github.com/terraform-srm/terraform-provider-srm/internal/responsibility"
	"github.com/terraform-srm/terraform-provider-srm/internal/scaleway"
)

// inventoryFlags are the flags of srm inventory.
type inventoryFlags struct {
	connection
	cluster, json, evidence, previous, language string
	buckets                                     []string
}

func (a app) inventoryCommand() *cobra.Command {
	var f inventoryFlags
	command := &cobra.Command{
		Use:   "inventory --cluster NAME|ID",
		Short: "List what a cluster holds and what depends on Scaleway, for leaving it",
		Long: `List the objects of every kind that the cluster's API server serves, and what they depend on at
Scaleway: the steps of the model's section on reversibility (clauses REV-01 to REV-18). It prints
a summary, and writes everything as JSON, from which srm report --exit-plan writes a plan.

It reads metadata. Only workload templates, Services, Ingresses, Gateways, volumes, claims, their
classes, snapshots and role bindings are read in full; no content of a Secret or a ConfigMap and no
value of an environment variable. A kind that this key may not list is named with the right that is
missing.`,
		Example: `  srm inventory --cluster prod --json inventory.json
  srm inventory --cluster prod --evidence 2026-q4
  srm assess --cluster prod --hds --inventory inventory.json`,
		Args: noArguments,
		RunE: func(command *cobra.Command, _ []string) error { return a.inventory(command.Context(), f) },
	}
	flags := command.Flags()
	f.addFlags(flags)
	flags.StringVar(&f.cluster, "cluster", "", "name, UUID or region/UUID of the cluster")
	flags.StringSliceVar(&f.buckets, "bucket", nil, "name of a bucket that the cluster uses; repeatable")
	flags.StringVar(&f.json, "json", "", "file to write; - prints JSON in place of the summary")
	flags.StringVar(&f.evidence, "evidence", "", "new folder for the inventory and a manifest with its digest")
	flags.StringVar(&f.previous, "previous", "", "folder of evidence that the new one follows; its manifest is named")
	flags.StringVar(&f.language, "language", responsibility.English, "language of the summary: en or fr")
	_ = command.MarkFlagRequired("cluster")
	return command
}

// inventory runs srm inventory.
func (a app) inventory(ctx context.Context, f inventoryFlags) error {
	if err := checkLanguage(f.language); err != nil {
		return err
	}
	if f.previous != "" && f.evidence == "" {
		return errors.New("--previous: no evidence is written; add --evidence")
	}
	if err := errors.Join(checkOutput("--json", f.json), checkEvidence(f.evidence)); err != nil {
		return err
	}
	api, err := a.api(f.connection)
	if err != nil {
		return err
	}
	found, err := a.readInventory(ctx, api, f)
	if err != nil {
		return err
	}
	content, err := encodeJSON(found)
	if err != nil {
		return err
	}
	if f.json == "-" {
		_, err = a.stdout.Write(content)
	} else {
		err = writeInventoryTable(a.stdout, found, f.language)
	}
	if err != nil {
		return err
	}
	if f.json != "" && f.json != "-" {
		if err := writeFile(f.json, content); err != nil {
			return err
		}
		if _, err := fmt.Fprintf(a.stderr, "%s: %s\n", f.json, digestOf(content)); err != nil {
			return err
		}
	}
	if f.evidence != "" {
		files := map[string][]byte{inventoryFile(found.ClusterID): content}
		if err := a.writeEvidenceFolder(f.evidence, f.previous, results{Tool: userAgent()}, files); err != nil {
			return err
		}
	}
	if len(found.Kinds.Items) == 0 {
		return exitCode(exitNothing)
	}
	return nil
}

// readInventory reads the inventory of a cluster, and shows progress on a terminal.
func (a app) readInventory(ctx context.Context, api *scaleway.Client, f inventoryFlags) (inventory.Inventory, error) {
	found, err := find(ctx, api, f.cluster)
	if err != nil {
		return inventory.Inventory{}, err
	}
	sources := a.sources(api, f.connection, found, true)
	sources.Buckets = namedBuckets(f.buckets)
	if a.isTerminal {
		sources.Progress = func(requests int) {
			_, _ = fmt.Fprintf(a.stderr, "\rReading %s: %d requests", f.cluster, requests)
		}
		defer func() { _, _ = fmt.Fprint(a.stderr, "\r\033[K") }()
	}
	return collect.Inventory(ctx, sources, found.region, found.id)
}

// digestOf returns the digest of a file as attestations name it.
func digestOf(content []byte) string {
	sum := sha256.Sum256(content)
	return "sha256:" + hex.EncodeToString(sum[:])
}

// inventoryFile returns the path of an inventory in a folder of evidence.
func inventoryFile(clusterID string) string { return "inventory/" + scopeFile(clusterID, ".json") }

// readInventoryFile reads a file of srm inventory, and returns it with its content.
func readInventoryFile(path, flag string) (inventory.Inventory, []byte, error) {
	var found inventory.Inventory
	content, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return found, nil, fmt.Errorf("%s: %w. Write it with srm inventory --cluster NAME --json %s", flag, err, path)
	}
	if err != nil {
		return found, nil, fmt.Errorf("%s: %w", flag, err)
	}
	if err := json.Unmarshal(content, &found); err != nil {
		return found, nil, fmt.Errorf("%s: %s is not a file of srm inventory: %w", flag, path, err)
	}
	if found.Format != inventory.Format {
		return found, nil, fmt.Errorf("%s: %s has the format %q; allowed: %q, which srm inventory writes", flag, path,
			found.Format, inventory.Format)
	}
	return found, content, nil
}

// inventoryFiles are facts of files of srm inventory, by path.
type inventoryFiles map[string]inventoryFacts

// inventoryFacts are the facts of a cluster in a file of srm inventory.
type inventoryFacts struct {
	clusterID string
	facts     assessment.Inventory
}

// readInventories reads files of srm inventory.
func readInventories(paths []string) (inventoryFiles, error) {
	files := inventoryFiles{}
	for _, path := range paths {
		found, content, err := readInventoryFile(path, "--inventory")
		if err != nil {
			return nil, err
		}
		files[path] = inventoryFacts{found.ClusterID, found.Facts(digestOf(content))}
	}
	return files, nil
}

// add adds the inventories to the facts of their clusters.
func (i inventoryFiles) add(jobs []job) error {
	for _, path := range slices.Sorted(maps.Keys(i)) {
		one := i[path]
		at := slices.IndexFunc(jobs, func(j job) bool { return j.facts.ClusterID == one.clusterID })
		if at < 0 {
			return fmt.Errorf("--inventory: %s is about cluster %s, which is not assessed", path, one.clusterID)
		}
		jobs[at].facts.Inventory = assessment.Fact[assessment.Inventory]{Source: "srm inventory", Value: &one.facts}
	}
	return nil
}

// checkLanguage returns an error for an unknown language.
func checkLanguage(language string) error {
	if slices.Contains(responsibility.Languages(), language) {
		return nil
	}
	return fmt.Errorf("--language: %q is not a language; the languages are %s", language,
		strings.Join(responsibility.Languages(), " and "))
}
