// Command srm reads Kapsule and Kosmos clusters and judges them against Scaleway's Shared Responsibility Model for
// managed Kubernetes. It only reads, runs once, and sends nothing anywhere but to the APIs of the clusters.
//
// It exits with
//
//	0  the command did its work
//	1  there is an open deviation at or above --fail-on
//	2  an error: wrong arguments, a malformed file, a missing credential
//	3  nothing could be evaluated, or nothing of one of several clusters
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/terraform-srm/terraform-provider-srm/internal/scaleway"
)

// version is set by the release build.
var version = "dev"

// The exit codes.
const (
	exitOK      = 0
	exitFail    = 1
	exitError   = 2
	exitNothing = 3 // Nothing could be evaluated, or nothing of one of several clusters.
)

// exitCode is an error that only sets the exit code: the output already says why.
type exitCode int

func (e exitCode) Error() string { return fmt.Sprintf("exit code %d", int(e)) }

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	a := app{
		stdout: os.Stdout, stderr: os.Stderr, environment: scaleway.OSEnvironment(), now: time.Now,
		isTerminal: isTerminal(os.Stderr),
	}
	code := a.run(ctx, os.Args[1:])
	stop()
	os.Exit(code)
}

// app is the command and its surroundings.
type app struct {
	stdout, stderr io.Writer
	environment    scaleway.Environment
	now            func() time.Time
	isTerminal     bool // Whether stderr is a terminal, which shows progress.
}

// run executes a command line and returns the exit code.
func (a app) run(ctx context.Context, args []string) int {
	root := a.rootCommand() //nolint:contextcheck // commands get the context from ExecuteContext
	root.SetArgs(args)
	root.SetOut(a.stdout)
	root.SetErr(a.stderr)
	err := root.ExecuteContext(ctx)
	var code exitCode
	switch {
	case err == nil:
		return exitOK
	case errors.As(err, &code):
		return int(code)
	case ctx.Err() != nil:
		_, _ = fmt.Fprintln(a.stderr, "srm: interrupted; no file was written")
		return exitError
	}
	_, _ = fmt.Fprintln(a.stderr, "srm: "+describeError(err))
	return exitError
}

func (a app) rootCommand() *cobra.Command {
	root := &cobra.Command{
		Use:   "srm",
		Short: "Assess Kapsule and Kosmos clusters against the Shared Responsibility Model",
		Long: `srm reads Kapsule and Kosmos clusters and judges them against Scaleway's Shared Responsibility
Model for managed Kubernetes. It works on any cluster, made with any tool, and only reads.

It uses the credentials of the scw CLI and of the Terraform providers: the environment variables
SCW_ACCESS_KEY, SCW_SECRET_KEY, SCW_DEFAULT_PROJECT_ID and so on, else the active profile of the
configuration file.

Start with:

  srm assess --cluster NAME           read a cluster, print what deviates and what could not be read
  srm report --markdown -             summarise the assessment for a pull request or an issue
  srm inventory --cluster NAME        list what the cluster holds, for leaving Scaleway
  srm attest init --cluster NAME      write a template for what only people can declare

Exit codes: 0 done, 1 an open deviation at or above --fail-on, 2 an error, 3 nothing could be
evaluated, or nothing of one of several clusters.`,
		Args: onlyCommands,
		RunE: showHelp,
		PersistentPreRunE: func(command *cobra.Command, _ []string) error {
			return checkValues(command.Flags())
		},
		SilenceErrors: true,
		SilenceUsage:  true,
		Version:       version,
	}
	root.CompletionOptions.HiddenDefaultCmd = true
	root.SetFlagErrorFunc(describeFlagError)
	root.AddCommand(a.collectCommand(), a.assessCommand(), a.reportCommand(), a.inventoryCommand(), a.attestCommand(),
		a.libraryCommand())
	return root
}

// describeError returns the text of an error with the next step, where the error knows one.
func describeError(err error) string {
	text := err.Error()
	var api *scaleway.APIError
	if errors.As(err, &api) && api.Hint != "" {
		text += "\n" + api.Hint
	}
	return text
}
