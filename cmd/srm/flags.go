package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/terraform-srm/terraform-provider-srm/internal/compliance"
)

// flagNames returns flags as they are written: "--a, --b".
func flagNames(names []string) string { return "--" + strings.Join(names, ", --") }

// given returns those of the flags that are on the command line.
func given(flags *pflag.FlagSet, names []string) []string {
	return slices.DeleteFunc(slices.Clone(names), func(name string) bool { return !flags.Changed(name) })
}

// checkExclusive returns an error if more than one of the flags is on the command line.
func checkExclusive(flags *pflag.FlagSet, names ...string) error {
	if found := given(flags, names); len(found) > 1 {
		return fmt.Errorf("%s exclude each other; allowed: one of %s. Leave out all but one of them", flagNames(found),
			flagNames(names))
	}
	return nil
}

// checkAny returns an error if none of the flags is on the command line. what is what they choose, and example one of
// them with a value.
func checkAny(flags *pflag.FlagSet, what, example string, names ...string) error {
	if len(given(flags, names)) == 0 {
		return fmt.Errorf("no %s is given; allowed: %s. Add one, such as %s", what, flagNames(names), example)
	}
	return nil
}

// mayBeEmpty is the annotation of flags whose empty value has a meaning.
const mayBeEmpty = "may-be-empty"

// checkValues returns an error if a flag is on the command line with an empty value, such as that of a variable that is
// not set.
func checkValues(flags *pflag.FlagSet) error {
	errs := []error{}
	flags.Visit(func(f *pflag.Flag) {
		values := []string{f.Value.String()}
		if list, ok := f.Value.(pflag.SliceValue); ok {
			values = list.GetSlice()
		}
		isEmpty := len(values) == 0 || slices.ContainsFunc(values, func(v string) bool {
			return strings.TrimSpace(v) == ""
		})
		if isEmpty && f.Annotations[mayBeEmpty] == nil {
			errs = append(errs, fmt.Errorf("--%s has an empty value; allowed: %s. Write a value, or leave the flag out",
				f.Name, f.Usage))
		}
	})
	return errors.Join(errs...)
}

// describeFlagError describes an error of the command line: what was found, what is allowed, and what to do.
func describeFlagError(command *cobra.Command, err error) error {
	help := " Run " + command.CommandPath() + " --help for all flags."
	if unknown, ok := errors.AsType[*pflag.NotExistError](err); ok {
		name, all := unknown.GetSpecifiedName(), []string{}
		command.Flags().VisitAll(func(f *pflag.Flag) { all = append(all, f.Name) })
		slices.Sort(all)
		text := fmt.Sprintf("--%s is not a flag of %s; allowed: %s.", name, command.CommandPath(), flagNames(all))
		if nearest, ok := compliance.Nearest(name, all); ok {
			text += " Write --" + nearest + "."
		}
		return errors.New(text)
	}
	if empty, ok := errors.AsType[*pflag.ValueRequiredError](err); ok {
		f := empty.GetFlag()
		return fmt.Errorf("--%s has no value; allowed: %s. Write the value behind the flag.%s", f.Name, f.Usage, help)
	}
	if invalid, ok := errors.AsType[*pflag.InvalidValueError](err); ok {
		f := invalid.GetFlag()
		return fmt.Errorf("--%s has the value %q; allowed: %s (%s). Correct the value.%s", f.Name, invalid.GetValue(),
			f.Usage, f.Value.Type(), help)
	}
	return fmt.Errorf("%w.%s", err, help)
}

// noArguments refuses arguments that are no flags.
func noArguments(command *cobra.Command, args []string) error { return atMost(0)(command, args) }

// atMost refuses more arguments than given.
func atMost(count int) cobra.PositionalArgs {
	return func(command *cobra.Command, args []string) error {
		if len(args) <= count {
			return nil
		}
		allowed := "flags only"
		if count > 0 {
			allowed = fmt.Sprintf("at most %d argument", count)
		}
		return fmt.Errorf("%s has the argument %q; allowed: %s. Remove it, or write it behind its flag",
			command.CommandPath(), args[count], allowed)
	}
}

// atLeastOneFile refuses a command without an argument.
func atLeastOneFile(command *cobra.Command, args []string) error {
	if len(args) > 0 {
		return nil
	}
	return fmt.Errorf("%s has no file; allowed: one or more files. Add one, such as attestations.yaml",
		command.CommandPath())
}

// onlyCommands refuses an argument that is no command of a group.
func onlyCommands(command *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	names := []string{}
	for _, c := range command.Commands() {
		if c.IsAvailableCommand() && c.Name() != "help" {
			names = append(names, c.Name())
		}
	}
	text := fmt.Sprintf("%q is not a command of %s; allowed: %s.", args[0], command.CommandPath(),
		strings.Join(names, ", "))
	if nearest, ok := compliance.Nearest(args[0], names); ok {
		text += " Write " + nearest + "."
	}
	return errors.New(text)
}

// showHelp prints the help of a group of commands.
func showHelp(command *cobra.Command, _ []string) error { return command.Help() }
