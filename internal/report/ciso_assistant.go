package report

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/terraform-srm/terraform-provider-srm/internal/assessment"
	"github.com/terraform-srm/terraform-provider-srm/internal/responsibility"
)

// cisoLibraryVersion is the version of the library for CISO Assistant. CISO Assistant takes a changed library only if
// its version is higher: raise it with every change of the content. A test compares the content with the version.
const cisoLibraryVersion = 1

// cisoFrameworkID is the id of the library and of its framework. Audits refer to it and to the ids of the requirements:
// they never change.
const cisoFrameworkID = "scaleway-srm-k8s"

// cisoLibrary is a library of CISO Assistant with one framework.
type cisoLibrary struct {
	URN             string           `yaml:"urn"`
	Locale          string           `yaml:"locale"`
	RefID           string           `yaml:"ref_id"`
	Name            string           `yaml:"name"`
	Description     string           `yaml:"description"`
	Copyright       string           `yaml:"copyright"`
	Version         int              `yaml:"version"`
	PublicationDate string           `yaml:"publication_date"`
	Provider        string           `yaml:"provider"`
	Packager        string           `yaml:"packager"`
	Translations    cisoTranslations `yaml:"translations"`
	Objects         struct {
		Frameworks []cisoFramework `yaml:"frameworks"`
	} `yaml:"objects"`
}

type cisoFramework struct {
	URN          string           `yaml:"urn"`
	RefID        string           `yaml:"ref_id"`
	Name         string           `yaml:"name"`
	Description  string           `yaml:"description"`
	Translations cisoTranslations `yaml:"translations"`
	Groups       []cisoGroup      `yaml:"implementation_groups_definition"`
	Nodes        []cisoNode       `yaml:"requirement_nodes"`
}

// cisoGroup is a kind of cluster: an audit selects the requirements of one.
type cisoGroup struct {
	RefID           string           `yaml:"ref_id"`
	Name            string           `yaml:"name"`
	Description     string           `yaml:"description"`
	DefaultSelected bool             `yaml:"default_selected,omitempty"`
	Translations    cisoTranslations `yaml:"translations"`

	cluster responsibility.Cluster
}

// cisoNode is a heading of the model, a clause, or a part of a clause.
type cisoNode struct {
	URN             string           `yaml:"urn"`
	ParentURN       string           `yaml:"parent_urn,omitempty"`
	IsAssessable    bool             `yaml:"assessable"`
	Depth           int              `yaml:"depth"`
	RefID           string           `yaml:"ref_id,omitempty"`
	Name            string           `yaml:"name,omitempty"`
	Description     string           `yaml:"description,omitempty"`
	Annotation      string           `yaml:"annotation,omitempty"`
	TypicalEvidence string           `yaml:"typical_evidence,omitempty"`
	Groups          []string         `yaml:"implementation_groups,omitempty"`
	Translations    cisoTranslations `yaml:"translations,omitempty"`
}

// cisoTranslations are texts by language, then by the name of the field.
type cisoTranslations map[string]cisoTexts

type cisoTexts struct {
	Name            string `yaml:"name,omitempty"`
	Description     string `yaml:"description,omitempty"`
	Annotation      string `yaml:"annotation,omitempty"`
	TypicalEvidence string `yaml:"typical_evidence,omitempty"`
}

func french(t cisoTexts) cisoTranslations { return cisoTranslations{responsibility.French: t} }

// cisoURN returns the name of an object of the library: cisoURN("req_node", "hds-res-01").
func cisoURN(kind string, parts ...string) string {
	return strings.ToLower(strings.Join(append([]string{"urn:srm:risk", kind, cisoFrameworkID}, parts...), ":"))
}

// cisoPartID returns the reference of a part of a clause: "HDS-RES-01.region".
func cisoPartID(clause, part string) string { return clause + "." + part }

// WriteCISOLibrary writes the model as a library of CISO Assistant: the parts of its clauses, in English and French. It
// has no mapping to other frameworks: CISO Assistant would count a requirement of HDS as met in part, although it binds
// the host. The requirements are named in the annotations.
func WriteCISOLibrary(w io.Writer) error {
	catalogue := responsibility.EmbeddedCatalogue()
	library := cisoLibrary{
		URN:    cisoURN("library"),
		Locale: responsibility.English,
		RefID:  cisoFrameworkID,
		Name:   "Scaleway shared responsibility model for managed Kubernetes",
		Description: fmt.Sprintf("The parts of the clauses of Scaleway's Shared Responsibility Model for managed "+
			"Kubernetes (Kapsule, Kosmos and health data hosting), posted on %s. The texts are a summary: the English "+
			"text of the model prevails.", catalogue.Model.Posted),
		Copyright:       "Texts: the authors of terraform-provider-srm, Mozilla Public License 2.0. Model: Scaleway.",
		Version:         cisoLibraryVersion,
		PublicationDate: catalogue.Revision,
		Provider:        "Scaleway",
		Packager:        "srm",
		Translations: french(cisoTexts{
			Name: "Modèle de responsabilité partagée de Scaleway pour Kubernetes managé",
			Description: fmt.Sprintf("Les éléments des clauses du modèle de responsabilité partagée de Scaleway pour "+
				"Kubernetes managé (Kapsule, Kosmos et hébergement de données de santé), publié le %s. Les textes "+
				"sont un résumé : le texte anglais du modèle fait foi.", catalogue.Model.Posted),
		}),
	}
	groups := cisoGroups()
	library.Objects.Frameworks = []cisoFramework{{
		URN: cisoURN("framework"), RefID: cisoFrameworkID, Name: library.Name, Description: library.Description,
		Translations: library.Translations, Groups: groups, Nodes: cisoNodes(catalogue, groups),
	}}
	encoder := yaml.NewEncoder(w)
	encoder.SetIndent(2)
	if err := encoder.Encode(library); err != nil {
		return err
	}
	return encoder.Close()
}

// cisoGroups returns the kinds of clusters. Each has all kinds of pools that it can have, so that no requirement is
// missing.
func cisoGroups() []cisoGroup {
	managed := responsibility.Pool{Name: "managed", UserDataUnread: true}
	external := responsibility.Pool{Name: "external", External: true}
	group := func(id string, name, description assessment.Text, cluster responsibility.Cluster) cisoGroup {
		return cisoGroup{
			RefID: id, Name: name.EN, Description: description.EN,
			Translations: french(cisoTexts{Name: name.FR, Description: description.FR}), cluster: cluster,
		}
	}
	groups := []cisoGroup{
		group("hds", assessment.Text{EN: "Health data", FR: "Données de santé"},
			assessment.Text{
				EN: "Dedicated Kapsule clusters with health data (HDS).",
				FR: "Clusters Kapsule dédiés avec des données de santé (HDS).",
			},
			responsibility.Cluster{
				Variant: responsibility.Kapsule, Offer: responsibility.Dedicated, HDS: true,
				Pools: []responsibility.Pool{managed},
			}),
		group("kapsule-dedicated", assessment.Text{EN: "Kapsule, dedicated", FR: "Kapsule, dédié"},
			assessment.Text{
				EN: "Kapsule clusters with a dedicated control plane, without health data.",
				FR: "Clusters Kapsule avec un plan de contrôle dédié, sans données de santé.",
			},
			responsibility.Cluster{
				Variant: responsibility.Kapsule, Offer: responsibility.Dedicated, Pools: []responsibility.Pool{managed},
			}),
		group("kapsule-mutualised", assessment.Text{EN: "Kapsule, mutualised", FR: "Kapsule, mutualisé"},
			assessment.Text{
				EN: "Kapsule clusters with a shared control plane, without health data.",
				FR: "Clusters Kapsule avec un plan de contrôle partagé, sans données de santé.",
			},
			responsibility.Cluster{
				Variant: responsibility.Kapsule,
				Offer:   responsibility.Mutualised,
				Pools:   []responsibility.Pool{managed},
			}),
	}
	for _, offer := range []struct {
		id    string
		name  assessment.Text
		plane assessment.Text
	}{
		{
			responsibility.Dedicated, assessment.Text{EN: "dedicated", FR: "dédié"},
			assessment.Text{EN: "a dedicated", FR: "dédié"},
		},
		{
			responsibility.Mutualised, assessment.Text{EN: "mutualised", FR: "mutualisé"},
			assessment.Text{EN: "a shared", FR: "partagé"},
		},
	} {
		groups = append(groups, group("kosmos-"+offer.id,
			assessment.Text{EN: "Kosmos, " + offer.name.EN, FR: "Kosmos, " + offer.name.FR},
			assessment.Text{
				EN: fmt.Sprintf(
					"Kosmos clusters with %s control plane, and managed and external pools.",
					offer.plane.EN,
				),
				FR: fmt.Sprintf(
					"Clusters Kosmos avec un plan de contrôle %s, et des pools gérés et externes.",
					offer.plane.FR,
				),
			},
			responsibility.Cluster{
				Variant: responsibility.Kosmos, Offer: offer.id, Pools: []responsibility.Pool{managed, external},
			}))
	}
	groups[0].DefaultSelected = true
	return groups
}

// cisoHeading returns the heading of a section of the model, with that of its chapter if there is one.
func cisoHeading(chapter, section string) assessment.Text {
	title := heading(section)
	if chapter == "" {
		return title
	}
	of := heading(chapter)
	return assessment.Text{EN: of.EN + ": " + title.EN, FR: of.FR + " : " + title.FR}
}

// cisoNodes returns the headings, the clauses and their parts, in the order of the model.
func cisoNodes(catalogue responsibility.Catalogue, groups []cisoGroup) []cisoNode {
	nodes := []cisoNode{}
	partGroups := groupsOfParts(groups)
	parent, heading := "", ""
	for _, c := range catalogue.Clauses {
		if one := c.Chapter + "\n" + c.Section; one != heading {
			heading, parent = one, cisoURN("req_node", "section-"+c.ID)
			name := cisoHeading(c.Chapter, c.Section)
			nodes = append(nodes, cisoNode{
				URN: parent, Depth: 1, Name: name.EN, Translations: french(cisoTexts{Name: name.FR}),
			})
		}
		clause := cisoURN("req_node", c.ID)
		annotation := cisoAnnotation(c)
		nodes = append(nodes, cisoNode{
			URN: clause, ParentURN: parent, Depth: 2, RefID: c.ID, Name: c.Title.EN, Description: c.Text.EN,
			Annotation: annotation.EN,
			Translations: french(
				cisoTexts{Name: c.Title.FR, Description: c.Text.FR, Annotation: annotation.FR},
			),
		})
		for _, p := range c.Parts {
			id := cisoPartID(c.ID, p.Key)
			evidence := cisoEvidence(p)
			nodes = append(nodes, cisoNode{
				URN: cisoURN("req_node", id), ParentURN: clause, Depth: 3, RefID: id,
				IsAssessable: p.By != responsibility.CoverageReported,
				Description:  p.Text.EN, TypicalEvidence: evidence.EN, Groups: partGroups[id],
				Translations: french(cisoTexts{Description: p.Text.FR, TypicalEvidence: evidence.FR}),
			})
		}
	}
	return nodes
}

// groupsOfParts returns the groups that each part applies to, as the responsibility matrix says.
func groupsOfParts(groups []cisoGroup) map[string][]string {
	byPart := map[string][]string{}
	for _, g := range groups {
		for _, row := range responsibility.NewMatrix(g.cluster).Rows {
			for _, p := range row.ApplicableParts {
				id := cisoPartID(row.ID, p.Key)
				byPart[id] = append(byPart[id], g.RefID)
			}
		}
	}
	return byPart
}

// cisoAnnotation says who is responsible for a clause, and what it is related to.
func cisoAnnotation(c responsibility.Clause) assessment.Text {
	parties := map[string]assessment.Text{
		responsibility.PartyScaleway: {EN: "Responsible: Scaleway.", FR: "À la charge de Scaleway."},
		responsibility.PartyCustomer: {EN: "Responsible: the customer.", FR: "À la charge du client."},
		responsibility.PartyShared: {
			EN: "Responsible: Scaleway and the customer.", FR: "À la charge de Scaleway et du client.",
		},
	}
	en, fr := []string{parties[c.Party].EN}, []string{parties[c.Party].FR}
	requirements := []string{}
	for _, r := range c.HDS {
		requirements = append(requirements, r.ID)
	}
	if len(requirements) > 0 {
		list := strings.Join(requirements, ", ")
		en = append(en, fmt.Sprintf("Related to HDS v2 (v2023-A): %s, which binds the host.", list))
		fr = append(fr, fmt.Sprintf("En rapport avec HDS v2 (v2023-A) : %s, qui s'impose à l'hébergeur.", list))
	}
	if len(c.ISO27001) > 0 {
		list := strings.Join(c.ISO27001, ", ")
		en = append(en, fmt.Sprintf("Related to ISO/IEC 27001:2022: %s.", list))
		fr = append(fr, fmt.Sprintf("En rapport avec l'ISO/IEC 27001:2022 : %s.", list))
	}
	return assessment.Text{EN: strings.Join(en, " "), FR: strings.Join(fr, " ")}
}

// cisoEvidence says what the result of a part comes from.
func cisoEvidence(p responsibility.Part) assessment.Text {
	switch p.By {
	case responsibility.CoverageCheck:
		return assessment.Text{
			EN: fmt.Sprintf("Result of the check %s of srm assess.", p.Name),
			FR: fmt.Sprintf("Résultat du contrôle %s de srm assess.", p.Name),
		}
	case responsibility.CoverageAttestation:
		kind, _ := assessment.LookupKind(p.Name)
		return assessment.Text{
			EN: fmt.Sprintf("Attestation %s: %s", p.Name, cmp.Or(kind.Expected.EN, kind.Title.EN)),
			FR: fmt.Sprintf("Attestation %s : %s", p.Name, cmp.Or(kind.Expected.FR, kind.Title.FR)),
		}
	case responsibility.CoverageInherited:
		return assessment.Text{
			EN: "Scaleway's certificate or report (attestation host_evidence).",
			FR: "Certificat ou rapport de Scaleway (attestation host_evidence).",
		}
	}
	return assessment.Text{}
}

// WriteCISOResults writes the results of an assessment as CISO Assistant imports them into an audit of the library: one
// row for each part of a clause.
//
// CISO Assistant knows neither declarations nor waivers. What the customer only declared is in review there, and a
// deviation with a waiver is a deviation. The observation names the declaration or the waiver.
func WriteCISOResults(w io.Writer, in Input, a assessment.Assessment) error {
	out, err := newWriter(w, Dialect{})
	if err != nil {
		return err
	}
	if err := out.write(
		"ref_id", "urn", "assessable", "compliance_result", "requirement_progress", "observations",
	); err != nil {
		return err
	}
	byID := map[string]assessment.Finding{}
	for _, f := range a.Findings {
		byID[f.ID] = f
	}
	for _, c := range a.Clauses {
		clause, _ := responsibility.Lookup(c.ID)
		judged := map[string]assessment.PartResult{}
		for _, p := range c.Parts {
			judged[p.Key] = p
		}
		for _, p := range clause.Parts {
			if p.By == responsibility.CoverageReported {
				continue
			}
			part, ok := judged[p.Key]
			if !ok { // The part does not apply to this cluster.
				part.Result = assessment.NotApplicable
			}
			id := cisoPartID(c.ID, p.Key)
			result, progress := cisoResult(part.Result)
			if err := out.write(
				id, cisoURN("req_node", id), "x", result, progress, in.cisoObservation(a, c, part, byID[part.Finding]),
			); err != nil {
				return err
			}
		}
	}
	return out.finish()
}

// cisoResult returns the result and the progress of a requirement in CISO Assistant.
func cisoResult(r assessment.Result) (result, progress string) {
	switch r {
	case assessment.Pass:
		return "compliant", "done"
	case assessment.Fail:
		return "non_compliant", "in_progress"
	case assessment.Attested, assessment.NeedsDecision:
		return "not_assessed", "in_review"
	case assessment.NotApplicable, assessment.Inherited:
		return "not_applicable", "done"
	}
	return "not_assessed", "to_do"
}

// cisoObservation explains the result of a part in one line.
func (i Input) cisoObservation(
	a assessment.Assessment, c assessment.ClauseResult, p assessment.PartResult, f assessment.Finding,
) string {
	result := i.in(p.Result.Label())
	if p.Gap != nil {
		result += i.say(": ", " : ") + i.reason(p.Gap.Reason, p.Gap.Needs)
	}
	sentences := []string{result + "."}
	if p.Result == assessment.Inherited {
		sentences = append(sentences, i.say("Responsible: Scaleway.", "À la charge de Scaleway."))
	}
	if p.Result == assessment.Attested {
		sentences = append(
			sentences,
			i.say("The declaration was not verified.", "La déclaration n'a pas été vérifiée."),
		)
	}
	if p.Result == assessment.NotApplicable && i.in(c.Reason) != "" {
		sentences = append(sentences, i.in(c.Reason))
	}
	if found := i.in(f.Found); found != "" && p.Gap == nil { // A gap says why.
		sentences = append(sentences, found)
	}
	if p.Waived && f.Waiver != nil {
		sentences = append(sentences, fmt.Sprintf(
			i.say(
				"Waived until %s (%s).",
				"Dérogation jusqu'au %s (%s).",
			),
			f.Waiver.Until,
			strings.Join(f.Waiver.IDs, ", "),
		))
	}
	sentences = append(sentences, i.say("Read on ", "Lu le ")+day(a.ReadAt)+".")
	return strings.Join(slices.DeleteFunc(sentences, func(s string) bool { return strings.TrimSpace(s) == "" }), " ")
}
