package assessment

import (
	"fmt"
	"net/netip"
	"strings"

	"github.com/terraform-srm/terraform-provider-srm/internal/compliance"
	"github.com/terraform-srm/terraform-provider-srm/internal/responsibility"
)

// allowListBits is the length of the mask of the largest allow-list that is not wide.
const allowListBits = 16

// allowListChecks returns the checks of access to the API server.
func allowListChecks() []Check {
	return []Check{
		{
			ID: "api_allow_list", Layer: LayerAPI, Severity: Critical,
			Title: Text{EN: "Allow-list of the API server", FR: "Liste d'accès du serveur d'API"},
			Expected: Text{
				EN: fmt.Sprintf("Ranges of the customer only, together no larger than a /%d.", allowListBits),
				FR: fmt.Sprintf("Uniquement des plages du client, au total pas plus grandes qu'un /%d.", allowListBits),
			},
			Remedy: Text{
				EN: "Run scw k8s acl set cluster-id=CLUSTER_ID acls.0.ip=RANGE with the ranges of administrators and " +
					"pipelines; other addresses lose access at once.",
				FR: "Exécuter scw k8s acl set cluster-id=CLUSTER_ID acls.0.ip=RANGE avec les plages des " +
					"administrateurs et des pipelines ; les autres adresses perdent l'accès aussitôt.",
			},
			judge: judgeAllowList,
		},
		{
			ID: "admin_token", Layer: LayerAPI, Severity: Info,
			Title: Text{EN: "Legacy admin token", FR: "Ancien jeton d'administration"},
			Expected: Text{
				EN: "The legacy admin token was reset after its last use.",
				FR: "L'ancien jeton d'administration a été réinitialisé après sa dernière utilisation.",
			},
			Remedy: Text{
				EN: "Run scw k8s cluster reset-admin-token CLUSTER_ID; kubeconfigs with the old token stop working.",
				FR: "Exécuter scw k8s cluster reset-admin-token CLUSTER_ID ; les kubeconfigs avec l'ancien jeton ne " +
					"fonctionnent plus.",
			},
			judge: func(j *judgement) {
				j.reads(&Gap{
					Reason: NoAPIField, Needs: "admin_token",
					Detail: "no API shows whether the token is known to others, or when it was reset",
				})
			},
		},
	}
}

func judgeAllowList(j *judgement) {
	cluster, ok := j.cluster()
	if !ok {
		return
	}
	object := j.clusterObject("acls", "")
	object.Source = j.facts.ACL.Source
	if cluster.ACLAvailable != nil && !*cluster.ACLAvailable {
		object.Attribute, object.Value = "acl_available", "false"
		j.fail(object, Critical, "The API server of this cluster cannot have an allow-list: it is open to the world.",
			"Le serveur d'API de ce cluster ne peut pas avoir de liste d'accès : il est ouvert à tous.")
		return
	}
	names, ranges, scalewayRanges, malformed := []string{}, []netip.Prefix{}, false, ""
	each(j, j.facts.ACL, func(r AllowRange) {
		switch {
		case r.ScalewayRanges:
			scalewayRanges = true
			names = append(names, "scaleway_ranges")
		case r.IP == nil:
			malformed = "null"
		default:
			names = append(names, *r.IP)
			prefix, err := parseRange(*r.IP)
			if err != nil {
				malformed = *r.IP
				return
			}
			ranges = append(ranges, prefix)
		}
	})
	object.Value = strings.Join(names, ", ")
	list := strings.Join(names, ", ")
	isOpen, why := compliance.IsOpenToWorld(ranges)
	wide, amount := compliance.IsWide(ranges)
	variant := ""
	if cluster.Type != nil {
		variant, _ = clusterVariant(*cluster.Type)
	}
	switch {
	case isOpen:
		j.fail(object, Critical, "The API server is open to the world: "+why+".",
			"Le serveur d'API est ouvert à tous : "+list+".")
	case j.facts.ACL.Missing() != nil && len(names) == 0:
		return
	case malformed != "":
		j.unknown(object, Gap{Reason: NoAPIField, Needs: "ip", Detail: "a range that cannot be read: " + malformed})
	case wide:
		j.fail(object, Medium, "The allow-list is wide: "+amount+".", "La liste d'accès est large : "+list+".")
	case compliance.IsWiderThan(ranges, allowListBits):
		j.fail(object, Medium, fmt.Sprintf("The allow-list is larger than a /%d: %s.", allowListBits, list),
			fmt.Sprintf("La liste d'accès est plus grande qu'un /%d : %s.", allowListBits, list))
	case scalewayRanges && variant == responsibility.Kapsule:
		j.fail(
			object,
			Medium,
			"The allow-list has all of Scaleway's ranges, which contain machines of other customers.",
			"La liste d'accès contient toutes les plages de Scaleway, où se trouvent des machines d'autres clients.",
		)
	case scalewayRanges && variant == "":
		j.unknown(object, Gap{Reason: NoAPIField, Needs: "type"})
	case scalewayRanges:
		j.passWith(object, "The allow-list is "+list+"; Kosmos requires scaleway_ranges, which contain machines of "+
			"other customers.", "La liste d'accès est "+list+" ; Kosmos exige scaleway_ranges, où se trouvent des "+
			"machines d'autres clients.")
	case len(names) == 0:
		j.passWith(object, "The allow-list is empty: no address reaches the API server.",
			"La liste d'accès est vide : aucune adresse n'atteint le serveur d'API.")
	default:
		j.passWith(object, "The allow-list is "+list+".", "La liste d'accès est "+list+".")
	}
}

// parseRange parses a range, or a single address.
func parseRange(text string) (netip.Prefix, error) {
	if prefix, err := netip.ParsePrefix(text); err == nil {
		return prefix, nil
	}
	address, err := netip.ParseAddr(text)
	if err != nil {
		return netip.Prefix{}, fmt.Errorf("%q is not a range: %w", text, err)
	}
	return netip.PrefixFrom(address, address.BitLen()), nil
}
