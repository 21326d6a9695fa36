package main

import (
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/terraform-srm/terraform-provider-srm/internal/assessment"
	"github.com/terraform-srm/terraform-provider-srm/internal/scaleway"
)

func (a app) attestCommand() *cobra.Command {
	command := &cobra.Command{
		Use:   "attest",
		Short: "Write and check attestations: what only people can declare",
		Long: `An attestation is a dated declaration with a document: a restore was tested, an access list was
reviewed. It makes a part of a clause "declared by the customer", never more, and it expires.`,
		Args: onlyCommands,
		RunE: showHelp,
	}
	command.AddCommand(a.attestInitCommand(), a.attestLintCommand(), a.attestSchemaCommand())
	return command
}

func (a app) attestInitCommand() *cobra.Command {
	var c connection
	var cluster, output string
	command := &cobra.Command{
		Use:   "init --cluster NAME|ID",
		Short: "Write a template of attestations for a cluster",
		Long: `Write a template with every kind of attestation: ids and scopes are filled in, and comments in
French and English say what belongs into each field. Remove what you do not declare, then run
srm attest lint.`,
		Example: "  srm attest init --cluster prod --output attestations.yaml",
		Args:    noArguments,
		RunE: func(command *cobra.Command, _ []string) error {
			if err := checkAny(command.Flags(), "cluster", "--cluster NAME", "cluster"); err != nil {
				return err
			}
			if err := checkOutput("--output", output); err != nil {
				return err
			}
			if _, err := os.Stat(output); err == nil {
				return fmt.Errorf("--output: %s exists; choose another name, or remove it first", output)
			}
			api, err := a.api(c)
			if err != nil {
				return err
			}
			found, err := find(command.Context(), api, cluster)
			if err != nil {
				return err
			}
			template := assessment.Template(scaleway.JoinID(found.region, found.id), a.today())
			if output == "-" {
				_, err = a.stdout.Write(template)
				return err
			}
			if err := writeFile(output, template); err != nil {
				return err
			}
			_, err = fmt.Fprintf(a.stdout, "Written: %s. Complete it, then run: srm attest lint %s\n", output, output)
			return err
		},
	}
	c.addFlags(command.Flags())
	command.Flags().StringVar(&cluster, "cluster", "", "name, UUID or region/UUID of the cluster")
	command.Flags().StringVar(&output, "output", "attestations.yaml", "file to write; - is the standard output")
	return command
}

func (a app) attestLintCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "lint FILE...",
		Short: "Check files of attestations and waivers",
		Long: "Check files of attestations and waivers without reading a cluster, as of today: dates that have " +
			"passed or are to come, scopes and objects that cannot exist. All problems are printed with their line.",
		Example: "  srm attest lint attestations.yaml waivers.yaml",
		Args:    atLeastOneFile,
		RunE: func(_ *cobra.Command, paths []string) error {
			declared, err := readDeclarations(paths, nil, assessment.CheckedOn(a.today()))
			if err != nil {
				_, _ = fmt.Fprintln(a.stderr, err)
				return exitCode(exitError)
			}
			if len(declared.Attestations)+len(declared.Waivers) == 0 {
				return fmt.Errorf("%s: neither an attestation nor a waiver was found; allowed: the lists attestations "+
					"and waivers. Write a template with srm attest init", strings.Join(paths, ", "))
			}
			_, err = fmt.Fprintf(a.stdout, "%s and %s: no problem found.\n",
				withNumber(len(declared.Attestations), "attestation"), withNumber(len(declared.Waivers), "waiver"))
			return err
		},
	}
}

// withNumber returns a number with a noun: "1 waiver", "2 waivers".
func withNumber(count int, noun string) string {
	if count != 1 {
		noun += "s"
	}
	return fmt.Sprintf("%d %s", count, noun)
}

func (a app) attestSchemaCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "schema",
		Short: "Print the JSON Schema of attestations and waivers, for editors",
		Args:  noArguments,
		RunE: func(*cobra.Command, []string) error {
			_, err := a.stdout.Write(assessment.DeclarationsSchema())
			return err
		},
	}
}
