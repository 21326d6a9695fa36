package report

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/terraform-srm/terraform-provider-srm/internal/inventory"
)

// images writes step 2.
func (p *exitPlan) images() {
	p.section(2, "Move container images", "Migrer les images de conteneurs", "REV-11")
	own, others := []string{}, [][]string{}
	for _, i := range p.ownImages() {
		reference := cmp.Or(i.Tag, "latest")
		from := i.Name + ":" + reference
		if i.Digest != "" {
			from = i.Name + "@" + i.Digest
		}
		if !inventory.IsScalewayHost(i.Registry) {
			others = append(others, []string{"`" + i.Reference + "`", i.Registry, fmt.Sprint(len(i.Workloads))})
			continue
		}
		_, path, _ := strings.Cut(i.Name, "/")
		path += ":" + cmp.Or(i.Tag, strings.ReplaceAll(i.Digest, ":", "-"), "latest")
		own = append(own, "crane copy -- "+shell(from)+" "+shellBehind("REGISTRY", path))
	}
	if len(own) > 0 {
		p.text(
			"Copy the images of Scaleway's registry. `skopeo copy --all docker://FROM docker://TO` does the same. "+
				"Scaleway's registry takes the secret key of an API key (`SCW_SECRET_KEY`) as password:",
			"Copier les images du registre de Scaleway. `skopeo copy --all docker://DE docker://VERS` fait de même. "+
				"Le registre de Scaleway prend la clé secrète d'une clé d'API (`SCW_SECRET_KEY`) comme mot de passe :",
		)
		p.commands(p.logins()...)
		p.commands(slices.Compact(own)...)
	} else {
		p.text("No workload uses an image of Scaleway's registry.",
			"Aucune charge de travail n'utilise une image du registre de Scaleway.")
	}
	if len(others) > 0 {
		p.text("These images come from other registries. They stay where they are; the new cluster must reach them:",
			"Ces images viennent d'autres registres. Elles y restent ; le nouveau cluster doit pouvoir les atteindre :")
		p.table([]string{"Image", p.say("Registry", "Registre"), p.say("Workloads", "Charges")}, others)
	}
	p.incomplete(p.say("Images", "Images"), p.Images.Missing())
}

// logins returns the commands that open both registries.
func (p *exitPlan) logins() []string {
	registries := map[string]bool{}
	for _, i := range p.ownImages() {
		if inventory.IsScalewayHost(i.Registry) {
			registries[i.Registry] = true
		}
	}
	lines := []string{
		"export REGISTRY_USER=user       # " + p.say("user of the new registry", "utilisateur du nouveau registre"),
		"IFS= read -rs REGISTRY_PASSWORD; export REGISTRY_PASSWORD # " + p.say(
			"type its password",
			"saisir son mot de passe",
		),
		`printf %s "$REGISTRY_PASSWORD" | crane auth login -u "$REGISTRY_USER" --password-stdin "${REGISTRY%%/*}"`,
	}
	for _, registry := range sortedKeys(registries) {
		lines = append(lines,
			`printf %s "${SCW_SECRET_KEY:?}" | crane auth login -u nologin --password-stdin -- `+shell(registry))
	}
	return lines
}

// newCluster writes step 3.
func (p *exitPlan) newCluster() {
	p.section(3, "Create the new cluster", "Créer le nouveau cluster", "REV-12")
	p.text("It needs what this cluster gets from its host or from operators:",
		"Il lui faut ce que ce cluster tient de son hébergeur ou d'opérateurs :")
	rows := [][]string{}
	for _, c := range p.Classes.Items {
		rows = append(rows, []string{c.Kind, c.Name, c.Controller})
	}
	for _, c := range p.StorageClasses.Items {
		detail := c.Driver
		if c.Encrypted {
			detail += ", " + p.say("encrypts volumes: the new class must, too",
				"chiffre les volumes : la nouvelle classe aussi")
		}
		if c.Kind == "StorageClass" {
			detail += fmt.Sprintf(", %d PVC", c.Claims)
		}
		rows = append(rows, []string{c.Kind, c.Name, detail})
	}
	operators := map[string]int{}
	for _, d := range p.Definitions.Items {
		name := p.say("unknown: ", "inconnu : ") + d.Name
		if _, group, _ := strings.Cut(d.Name, "."); inventory.IsInstalled(group) {
			name = "Scaleway: " + group
		}
		operators[cmp.Or(strings.Join(d.Operators, ", "), name)]++
	}
	for _, name := range sortedKeys(operators) {
		rows = append(rows, []string{p.say("Operator", "Opérateur"), name, fmt.Sprintf("%d CRD", operators[name])})
	}
	p.table([]string{p.say("Kind", "Type"), p.say("Name", "Nom"), p.say("What it is", "Description")}, rows)
	rows = [][]string{}
	for _, list := range p.Outside.Resources {
		text := fmt.Sprint(len(list.Items))
		if gap := list.Missing(); gap != nil {
			text += " + ? (" + p.gapText(gap) + ")"
		}
		names := []string{}
		for _, one := range list.Items[:min(len(list.Items), 5)] {
			names = append(names, cmp.Or(one.Name, one.UsedBy, one.ID))
		}
		rows = append(rows, []string{p.outsideKind(list.Kind), text, strings.Join(names, ", ")})
	}
	if len(rows) > 0 {
		p.text(
			"Outside the cluster, in its Project. The commands of this plan move none of it, except images and the "+
				"data of volumes: copy buckets and databases with their own tools, and set up gateways and rights "+
				"again:",
			"Hors du cluster, dans son Project. Les commandes de ce plan n'en déplacent rien, sauf les images et les "+
				"données des volumes : copier les buckets et les bases de données avec leurs propres outils, et "+
				"refaire les passerelles et les droits :",
		)
		p.table([]string{p.say("Kind", "Type"), p.say("Number", "Nombre"), p.say("Such as", "Par exemple")}, rows)
	}
}

// outsideKind returns the name of a kind of resources outside the cluster.
func (p *exitPlan) outsideKind(kind string) string {
	switch kind {
	case "load_balancer":
		return "Load Balancers"
	case "volume":
		return p.say("Block Storage volumes", "Volumes Block Storage")
	case "instance_volume":
		return p.say("Volumes of Instances", "Volumes d'Instances")
	case "snapshot":
		return p.say("Snapshots of volumes", "Snapshots de volumes")
	case "registry_namespace":
		return p.say("Namespaces of the registry", "Espaces de noms du registre")
	case "bucket":
		return "Buckets"
	case "public_gateway":
		return "Public Gateways"
	case "database":
		return p.say("Databases on the Private Network", "Bases de données du Private Network")
	case "iam_grant":
		return p.say("Rules of IAM policies", "Règles de politiques IAM")
	}
	return kind
}

// access writes step 4.
func (p *exitPlan) access() {
	p.section(4, "Configure kubectl", "Configurer kubectl", "REV-13")
	p.commands(
		`kubectl --context "$TARGET" version`,
		`kubectl --context "$TARGET" auth can-i '*' '*' --all-namespaces`,
		`kubectl --context "$TARGET" get storageclass "$CLASS"`,
	)
}

// adapt writes step 5.
func (p *exitPlan) adapt() {
	p.section(5, "Adapt the manifests", "Adapter les manifestes", "REV-14")
	rows := [][]string{}
	for _, one := range p.Adaptations {
		rows = append(rows, []string{
			"`" + one.Value + "`", fmt.Sprint(one.Count), p.where(one.Objects), p.advice(one.Subject),
		})
	}
	p.table([]string{
		p.say(
			"Setting",
			"Réglage",
		),
		p.say("Uses", "Emplois"),
		p.say("Where", "Où"),
		p.say("What happens", "Traitement"),
	}, rows)
	p.text("`adapt.jq` does what the table says. It changes nothing else.",
		"`adapt.jq` fait ce que dit le tableau. Il ne change rien d'autre.")
	p.commands(file("adapt.jq", adaptProgram)...)
	classes, _ := json.Marshal(p.scalewayClasses())
	claims, _ := json.Marshal(p.claimsToReplace())
	p.commands(
		"for f in export/*.json; do",
		`  jq -f adapt.jq --arg registry "$REGISTRY" --arg class "$CLASS" --arg shared_class "$SHARED_CLASS" \`,
		fmt.Sprintf(`    --argjson classes %s --argjson claims %s \`, shell(string(classes)), shell(string(claims))),
		`    "$f" > "adapted/$(basename "$f")"`,
		"done",
	)
	p.rebuild()
	p.withoutEquivalent()
}

// where returns the first objects that use a setting.
func (p *exitPlan) where(objects []string) string {
	const most = 5
	text := strings.Join(objects[:min(len(objects), most)], ", ")
	if len(objects) > most {
		text += ", …"
	}
	return text
}

// scalewayClasses returns the names of the StorageClasses that claims use and that Scaleway's drivers serve.
func (p *exitPlan) scalewayClasses() []string {
	names := []string{}
	for _, one := range p.Adaptations {
		if one.Subject == inventory.ClassName {
			names = append(names, one.Value)
		}
	}
	return names
}

// advice returns what the plan does with a setting.
func (p *exitPlan) advice(s inventory.Subject) string {
	switch s {
	case inventory.ServiceAnnotation:
		return p.say("removed; set the equivalent of the new host by hand",
			"retirée ; définir à la main l'équivalent du nouvel hébergeur")
	case inventory.OtherAnnotation, inventory.LabelKey:
		return p.say("removed", "retiré")
	case inventory.NodeSelector, inventory.NodeAffinity, inventory.TolerationKey:
		return p.say("removed; the pods run on any node until you select nodes of the new host",
			"retiré ; les pods tournent sur tout nœud jusqu'à un nouveau choix de nœuds")
	case inventory.TopologyKey:
		return p.say("removed from pods and from exported classes and volumes",
			"retirée des pods, des classes et des volumes exportés")
	case inventory.ClassName:
		return p.say("replaced by $CLASS, or $SHARED_CLASS for File Storage",
			"remplacée par $CLASS, ou $SHARED_CLASS pour File Storage")
	case inventory.DriverName:
		return p.say("classes and volumes of it are not exported: the new host has its own driver",
			"ses classes et volumes ne sont pas exportés : le nouvel hébergeur a son propre pilote")
	case inventory.AddressField:
		return p.say("removed: the address belongs to Scaleway", "retirée : l'adresse appartient à Scaleway")
	case inventory.RegistryName:
		return p.say("the host is replaced by $REGISTRY", "l'hôte est remplacé par $REGISTRY")
	case inventory.PullSecret:
		return p.say("created again in step 7", "recréé à l'étape 7")
	case inventory.HostName:
		return p.say("by hand: a name of Scaleway, see step 8", "à la main : un nom de Scaleway, voir l'étape 8")
	case inventory.RoleSubject:
		return p.say("removed; grant the role to an identity of the new host",
			"retiré ; attribuer le rôle à une identité du nouvel hébergeur")
	case inventory.KindName:
		return p.say("not exported: only a cluster with the same network accepts it",
			"non exporté : seul un cluster avec le même réseau l'accepte")
	}
	return ""
}

// withoutEquivalent writes what no other host has.
func (p *exitPlan) withoutEquivalent() {
	p.line("### %s\n", p.say("Without an equivalent elsewhere", "Sans équivalent ailleurs"))
	items := []string{}
	for _, k := range p.Kinds.Items {
		if inventory.IsOfNetwork(k.Group) && len(k.Portable) > 0 {
			items = append(items, fmt.Sprintf(p.say(
				"`%s`: rewrite as NetworkPolicy, or choose a host with the same network: %s.",
				"`%s` : réécrire en NetworkPolicy, ou choisir un hébergeur avec le même réseau : %s."),
				k.Name(), p.names(k.Name(), k.Portable)))
		}
	}
	if slices.ContainsFunc(p.Volumes.Items, func(v inventory.Volume) bool { return v.Encrypted }) {
		items = append(items, p.say(
			"Volumes that Scaleway's CSI driver encrypts with LUKS: their snapshots are useless elsewhere, so copy "+
				"data from inside a pod (step 6), and encrypt with the means of the new host.",
			"Volumes chiffrés par LUKS avec le pilote CSI de Scaleway : leurs snapshots sont inutilisables ailleurs ; "+
				"copier les données depuis un pod (étape 6) et chiffrer avec les moyens du nouvel hébergeur.",
		))
	}
	items = append(items,
		p.say("Snapshots of Block Storage: they cannot be restored at another host.",
			"Snapshots de Block Storage : ils ne peuvent pas être restaurés chez un autre hébergeur."),
		p.say("IAM: permission sets of Scaleway do not exist elsewhere; RBAC moves, its subjects do not.",
			"IAM : les ensembles de permissions de Scaleway n'existent pas ailleurs ; RBAC part, ses sujets non."),
	)
	for _, item := range items {
		p.line("- %s", item)
	}
	p.line("")
}

// deploy writes step 7.
func (p *exitPlan) deploy() {
	p.section(7, "Deploy the applications", "Déployer les applications", "REV-16")
	p.pullSecrets()
	lines := []string{}
	for _, e := range p.exports() {
		if exportOrder(e.Kind) > claimsOrder() && !runsByItself(e.Kind) {
			lines = append(lines, "deploy "+e.file)
		}
	}
	p.commands(lines...)
}

// runsByItself reports whether the objects of a kind start work once they exist: Jobs and CronJobs.
func runsByItself(k inventory.Kind) bool {
	return k.Name() == "jobs.batch" || k.Name() == "cronjobs.batch"
}

// jobs writes how to start Jobs and CronJobs, which step 7 leaves out.
func (p *exitPlan) jobs() {
	lines := []string{}
	for _, e := range p.exports() {
		if runsByItself(e.Kind) {
			lines = append(lines, "deploy "+e.file)
		}
	}
	if len(lines) == 0 {
		return
	}
	p.text(
		"Jobs and CronJobs start to work once they exist. Before this, remove the Jobs that must not run a second "+
			"time from their file in `adapted`, and suspend the CronJobs of the old cluster; in a test, remove those "+
			"that act outside the cluster:",
		"Les Jobs et les CronJobs travaillent dès qu'ils existent. Avant cela, retirer de leur fichier dans `adapted` "+
			"les Jobs qui ne doivent pas s'exécuter une seconde fois, et suspendre les CronJobs de l'ancien cluster ; "+
			"lors d'un test, retirer ceux qui agissent hors du cluster :",
	)
	p.commands(lines...)
}

// claimsOrder returns the position of claims: what comes up to it is applied before the data is copied.
func claimsOrder() int { return slices.Index(applyOrder(), "persistentvolumeclaims") }

// pullSecretFunction is the shell function that creates the Secret of a registry, without its password as an argument.
const pullSecretFunction = `pull_secret() { # NAMESPACE NAME
  jq -n --arg name "$2" --arg host "${REGISTRY%%/*}" '{apiVersion: "v1", kind: "Secret", metadata: {name: $name},
    type: "kubernetes.io/dockerconfigjson", stringData: {".dockerconfigjson": ({auths: {($host): {
      username: env.REGISTRY_USER, password: env.REGISTRY_PASSWORD,
      auth: (env.REGISTRY_USER + ":" + env.REGISTRY_PASSWORD | @base64)}}} | tojson)}}' |
    kubectl --context "$TARGET" -n "$1" create -f -
}`

// pullSecrets writes how to create the Secrets that open the new registry.
func (p *exitPlan) pullSecrets() {
	lines := []string{}
	for _, one := range p.Adaptations {
		if one.Subject != inventory.PullSecret {
			continue
		}
		namespace, name, _ := strings.Cut(one.Value, "/")
		if strings.HasPrefix(name, "-") { // A pod may name it, but no Secret has such a name.
			continue
		}
		lines = append(lines, fmt.Sprintf(
			`kubectl --context "$TARGET" -n %s delete secret --ignore-not-found -- %s`, shell(namespace), shell(name),
		), fmt.Sprintf("pull_secret %s %s", shell(namespace), shell(name)))
	}
	if len(lines) == 0 {
		return
	}
	p.text(
		"Create the Secrets that open the registry again, with the user and the password of step 2, or better with a "+
			"user who may only pull:",
		"Recréer les Secrets qui ouvrent le registre, avec l'utilisateur et le mot de passe de l'étape 2, ou mieux "+
			"avec un utilisateur qui ne peut que lire :",
	)
	p.commands(append([]string{pullSecretFunction}, lines...)...)
	p.text(
		"The inventory finds those that pods name. Service accounts may name others; if one opens Scaleway's "+
			"registry, call `pull_secret` for it, too:",
		"L'inventaire trouve ceux que des pods nomment. Des ServiceAccounts peuvent en nommer d'autres ; si l'un "+
			"ouvre le registre de Scaleway, appeler aussi `pull_secret` pour lui :",
	)
	p.commands(`kubectl --context "$SOURCE" get secrets -A --field-selector type=kubernetes.io/dockerconfigjson`)
}

// network writes step 8.
func (p *exitPlan) network() {
	p.section(8, "Switch networking and DNS", "Basculer réseau et DNS", "REV-17")
	rows := [][]string{}
	for _, i := range p.Ingresses.Items {
		for _, host := range i.Hosts {
			note := p.say("lower its TTL a day before, then point it to the new address",
				"réduire son TTL un jour avant, puis le diriger vers la nouvelle adresse")
			if inventory.IsScalewayHost(host) {
				note = p.say("belongs to Scaleway: choose a name of your own first",
					"appartient à Scaleway : choisir d'abord un nom à soi")
			}
			rows = append(rows, []string{host, i.Kind + " " + i.Namespace + "/" + i.Name, note})
		}
	}
	for _, s := range p.Services.Items {
		if inventory.IsScalewayHost(s.ExternalName) {
			rows = append(rows, []string{
				s.ExternalName, s.ID(),
				p.say("a server at Scaleway: move it, then change the name in the Service",
					"un serveur chez Scaleway : le déplacer, puis changer le nom dans le Service"),
			})
		}
		if s.Type == "LoadBalancer" {
			rows = append(rows, []string{
				cmp.Or(strings.Join(s.Addresses, ", "), "?"), s.ID(),
				p.say("the address changes: find the DNS names and allow-lists that use it",
					"l'adresse change : chercher les noms DNS et les listes d'autorisation qui l'utilisent"),
			})
		}
	}
	p.table([]string{p.say("Name or address", "Nom ou adresse"), p.say("Used by", "Utilisé par"), "Action"}, rows)
	p.commands(`kubectl --context "$TARGET" get services,ingresses -A -o wide`)
	p.jobs()
	p.incomplete("Services", p.Services.Missing())
	p.incomplete("Ingress", p.Ingresses.Missing())
}

// test writes step 9 with the attestation of the exit test.
func (p *exitPlan) test() {
	p.section(9, "Test and validate", "Tester et valider", "REV-18")
	lines := []string{
		p.say("Every command of this plan ran, and what failed is written down.",
			"Chaque commande de ce plan a été exécutée et les échecs sont notés."),
		p.say(
			"All workloads are ready on the new cluster.",
			"Toutes les charges de travail sont prêtes sur le nouveau "+
				"cluster.",
		),
		p.say("The data of each volume was compared: number of records, sums of files.",
			"Les données de chaque volume ont été comparées : nombre d'enregistrements, sommes de fichiers."),
		p.say("Functional, performance and end-to-end tests passed.",
			"Les tests fonctionnels, de performance et de bout en bout ont réussi."),
		p.say("Volumes of the new cluster are encrypted, and its network policies deny by default.",
			"Les volumes du nouveau cluster sont chiffrés et ses politiques réseau refusent par défaut."),
		p.say("The new host holds the contract and the certificate for health data that you need.",
			"Le nouvel hébergeur a le contrat et le certificat HDS nécessaires."),
		p.say("The time from the first command to the last test was measured.",
			"La durée de la première commande au dernier test a été mesurée."),
		p.say("The export and the copies were destroyed after the test.",
			"L'export et les copies ont été détruits après le test."),
	}
	for _, line := range lines {
		p.line("- [ ] %s", line)
	}
	p.line("")
	p.text("Then complete this attestation and check it with `srm attest lint`:",
		"Compléter ensuite cette attestation et la vérifier avec `srm attest lint` :")
	p.line("```yaml\nattestations:\n  - id: exit-test\n    kind: exit_test\n    scope: %s\n"+
		"    result: TODO # success, partial, failed\n    performed_on: TODO\n    performed_by: TODO\n"+
		"    reviewed_by: TODO\n    until: TODO\n    document: {path: TODO}\n    fields:\n      target: TODO\n"+
		"      covered: [TODO]\n      duration: TODO\n      failures: []\n      inventory_digest: '%s'\n```\n",
		p.ClusterID, p.digest)
}

// questions writes what the inventory cannot answer.
func (p *exitPlan) questions() {
	p.line("## %s\n", p.say("Open questions", "Questions ouvertes"))
	items := []string{
		p.say("Which version of Kubernetes has the new host? Compare `kubectl api-resources` of both clusters.",
			"Quelle version de Kubernetes a le nouvel hébergeur ? Comparer `kubectl api-resources` des deux clusters."),
		p.say("Which settings in ConfigMaps, Secrets and environment variables name Scaleway: endpoints of Object "+
			"Storage, Cockpit, databases, keys? The inventory does not read them: search the export for `scw.cloud` "+
			"and `scaleway`.",
			"Quels réglages dans les ConfigMaps, les Secrets et les variables d'environnement nomment Scaleway : "+
				"Object Storage, Cockpit, bases de données, clés ? L'inventaire ne les lit pas : chercher `scw.cloud` "+
				"et `scaleway` dans l'export."),
		p.say("Where does the passphrase of encrypted volumes and backups lie, and who holds a copy?",
			"Où se trouve la phrase secrète des volumes et sauvegardes chiffrés, et qui en a une copie ?"),
		p.say(
			"Which names does the new host already use (namespaces, StorageClasses, IngressClasses)? `deploy` changes "+
				"an object of the same name, and stops at a field that cannot change.",
			"Quels noms le nouvel hébergeur utilise-t-il déjà (espaces de noms, StorageClasses, IngressClasses) ? "+
				"`deploy` modifie un objet de même nom, et s'arrête à un champ non modifiable.",
		),
		p.say("How much downtime is allowed while the data of the last copy is moved?",
			"Quelle interruption est permise pendant la dernière copie des données ?"),
	}
	for _, group := range []string{"cert-manager.io", "external-secrets.io", "externaldns.k8s.io"} {
		if slices.ContainsFunc(p.Kinds.Items, func(k inventory.Kind) bool { return k.Group == group }) {
			items = append(items, fmt.Sprintf(p.say(
				"Do objects of `%s` use Scaleway as their provider? Their settings are not read.",
				"Des objets de `%s` utilisent-ils Scaleway comme fournisseur ? Leurs réglages ne sont pas lus.",
			), group))
		}
	}
	if len(p.Unlisted()) > 0 {
		items = append(items, fmt.Sprintf(p.say(
			"Kinds that were not read (step 1): %d. What do they hold?",
			"Types non lus (étape 1) : %d. Que contiennent-ils ?"), len(p.Unlisted())))
	}
	for _, item := range items {
		p.line("- %s", item)
	}
}
