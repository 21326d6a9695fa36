package report

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/terraform-srm/terraform-provider-srm/internal/inventory"
)

// sortedKeys returns the keys of a map in order.
func sortedKeys[K ~string, T any](m map[K]T) []K { return slices.Sorted(maps.Keys(m)) }

// copyPod is the shell function that copies the files of a claim through a pod in each cluster.
const copyPod = `copy() { # NAMESPACE CLAIM
  for context in "$SOURCE" "$TARGET"; do
    jq -n --arg claim "$2" --arg image "$COPY_IMAGE" '{apiVersion: "v1", kind: "Pod", metadata: {name: "exit-copy"},
      spec: {restartPolicy: "Never", volumes: [{name: "data", persistentVolumeClaim: {claimName: $claim}}], containers:
        [{name: "copy", image: $image, command: ["sleep", "86400"], volumeMounts: [{name: "data", mountPath: "/data"}]}]
      }}' | kubectl --context "$context" -n "$1" create -f -
    kubectl --context "$context" -n "$1" wait --for=condition=Ready --timeout=10m pod/exit-copy
  done
  kubectl --context "$SOURCE" -n "$1" exec exit-copy -- tar cf - -C /data . |
    kubectl --context "$TARGET" -n "$1" exec -i exit-copy -- tar xf - -C /data
  for context in "$SOURCE" "$TARGET"; do kubectl --context "$context" -n "$1" delete pod exit-copy; done
}`

// deployFunction is the shell function that applies an adapted file, unless it has no object.
const deployFunction = `deploy() { # FILE
  if [ "$(jq '.items | length' "adapted/$1")" -gt 0 ]; then
    kubectl --context "$TARGET" apply --server-side --field-manager=exit-plan -f "adapted/$1"
  fi
}`

// method is a way to move the data of a volume.
type method struct {
	name    string
	command string // Empty: to be decided.
}

// dumps returns the databases that have a dump of their own, by a part of the name of their image.
func dumps() []struct{ image, tool, command string } {
	return []struct{ image, tool, command string }{
		{"postgres", "pg_dumpall", `pg_dumpall -U "${PGUSER:-postgres}"`},
		{"mariadb", "mariadb-dump", `sh -c 'mariadb-dump --all-databases -uroot -p"$MARIADB_ROOT_PASSWORD"'`},
		{"mysql", "mysqldump", `sh -c 'mysqldump --all-databases -uroot -p"$MYSQL_ROOT_PASSWORD"'`},
		{"mongo", "mongodump", `mongodump --archive`},
	}
}

// staysOnServer reports whether a volume is exported as it is, as its data is on a server outside the cluster.
func (p *exitPlan) staysOnServer(v inventory.Volume) bool {
	exported, _ := p.Kind("persistentvolumes")
	return slices.Contains(exported.Portable, v.Name)
}

// methodOf returns how the data of a volume is moved.
func (p *exitPlan) methodOf(v inventory.Volume) method {
	namespace, claim, isClaimed := strings.Cut(v.Claim, "/")
	switch {
	case p.staysOnServer(v):
		return method{name: p.say("stays on its own server, and is exported; the new cluster must reach that server",
			"reste sur son serveur et est exporté ; le nouveau cluster doit atteindre ce serveur")}
	case !isClaimed:
		return method{
			name: p.say("no claim: delete it, or mount it first", "sans PVC : le supprimer, ou le monter d'abord"),
		}
	case v.Mode == "Block":
		return method{name: p.say("block device: copy it with `dd` from a pod of the workload",
			"périphérique bloc : le copier avec `dd` depuis un pod de la charge de travail")}
	}
	for _, id := range v.Workloads {
		at := slices.IndexFunc(p.Workloads.Items, func(w inventory.Workload) bool { return w.ID() == id })
		if at < 0 {
			continue
		}
		w := p.Workloads.Items[at]
		for _, dump := range dumps() {
			isDatabase := slices.ContainsFunc(w.Images, func(i string) bool { return strings.Contains(i, dump.image) })
			if !isDatabase {
				continue
			}
			if !slices.Contains([]string{"Deployment", "StatefulSet", "Pod"}, w.Kind) {
				return method{name: fmt.Sprintf(p.say("dump or backup with the operator of %s",
					"export ou sauvegarde avec l'opérateur de %s"), id)}
			}
			return method{name: dump.tool, command: fmt.Sprintf(
				`kubectl --context "$SOURCE" -n %s exec %s -- %s > %s`,
				shell(namespace),
				shell(strings.ToLower(w.Kind)+"/"+w.Name),
				dump.command,
				shell("data/"+fileName(namespace+"-"+claim)+".dump"),
			)}
		}
	}
	return method{
		name: p.say(
			"file copy; stop the workload first",
			"copie de fichiers ; arrêter d'abord la charge de travail",
		),
		command: "copy " + shell(namespace) + " " + shell(claim),
	}
}

// data writes step 6: the volumes in the order of their size, with a method for each.
func (p *exitPlan) data() {
	p.section(6, "Migrate data", "Migrer les données", "REV-15")
	p.text("Apply what comes before the data, claims included:",
		"Appliquer ce qui précède les données, PVC compris :")
	lines := []string{deployFunction}
	for _, e := range p.exports() {
		if exportOrder(e.Kind) > claimsOrder() {
			continue
		}
		lines = append(lines, "deploy "+e.file)
		if e.Name() == "customresourcedefinitions.apiextensions.k8s.io" && len(e.Portable) > 0 {
			lines = append(
				lines,
				`kubectl --context "$TARGET" wait --for=condition=Established --timeout=2m -f "adapted/`+
					e.file+`"`,
			)
		}
	}
	p.commands(lines...)
	volumes := slices.Clone(p.Volumes.Items)
	slices.SortStableFunc(volumes, func(a, b inventory.Volume) int {
		return cmp.Compare(sizeOf(b), sizeOf(a))
	})
	rows, commands := [][]string{}, []string{}
	for _, v := range volumes {
		how := p.methodOf(v)
		snapshot := p.say("none known", "aucun connu")
		if v.NewestSnapshotAt != nil {
			snapshot = v.NewestSnapshotAt.UTC().Format(time.DateOnly)
		}
		size := "?"
		if v.SizeBytes != nil {
			size = inventory.FormatBytes(*v.SizeBytes)
		}
		rows = append(rows, []string{
			cmp.Or(v.Claim, v.Name), size, strings.Join(v.Workloads, ", "), snapshot, how.name,
		})
		if how.command != "" {
			commands = append(commands, how.command)
		}
	}
	if len(rows) == 0 {
		p.text("The cluster has no volume.", "Le cluster n'a aucun volume.")
		p.incomplete("Volumes", p.Volumes.Missing())
		return
	}
	p.text("Volumes in the order of their size. The method follows from the images of the workloads; check it:",
		"Volumes par taille décroissante. La méthode se déduit des images des charges de travail ; la vérifier :")
	p.table([]string{
		"Volume", p.say("Size", "Taille"), p.say("Workloads", "Charges de travail"),
		p.say("Newest snapshot", "Dernier snapshot"), p.say("Method", "Méthode"),
	}, rows)
	p.commands(slices.Concat([]string{"export COPY_IMAGE=busybox:1.37; mkdir -p data", copyPod}, commands)...)
	p.text("Load a dump on the new cluster once its database runs (step 7), with the tool that belongs to it.",
		"Charger un export sur le nouveau cluster une fois sa base démarrée (étape 7), avec l'outil correspondant.")
	p.incomplete("Volumes", p.Volumes.Missing())
}

// sizeOf returns the size of a volume; an unknown one is the largest.
func sizeOf(v inventory.Volume) int64 {
	if v.SizeBytes == nil {
		return 1<<63 - 1
	}
	return *v.SizeBytes
}
