package assessment

import (
	"fmt"
	"time"
)

// contractChecks returns the check of the signed contract.
func contractChecks() []Check {
	return []Check{{
		ID: "contract_signature", Layer: LayerOrganization, Severity: Critical, HDSOnly: true,
		Title: Text{EN: "Signature of the HDS contract", FR: "Signature du contrat HDS"},
		Expected: Text{
			EN: "The Organization signed a contract with the declared type and name, and it has not expired. Whether " +
				"it is the right contract is not shown.",
			FR: "L'Organisation a signé un contrat du type et du nom déclarés, non expiré. Rien ne montre que c'est " +
				"le bon contrat.",
		},
		Remedy: Text{
			EN: "Sign the HDS contract in the console, or correct type and name in the input contract; signing binds " +
				"the Organization.",
			FR: "Signer le contrat HDS dans la console, ou corriger le type et le nom dans le paramètre contract ; " +
				"la signature engage l'Organisation.",
		},
		judge: judgeContract,
	}}
}

// judgeContract looks for the declared contract among the signatures.
func judgeContract(j *judgement) {
	declared, contracts := j.options.Inputs.Contract, j.organization.Contracts
	o := Object{ID: j.facts.Scope(), Source: contracts.Source, Attribute: "contract"}
	switch {
	case declared == nil:
		j.reads(&Gap{Reason: InputMissing, Needs: "contract"})
		return
	case declared.Type == "" || declared.Name == "":
		o.Source, o.Value, o.Result = "inputs", declared.Reference, Attested
		o.Found = Text{
			EN: "The contract is declared by its reference; without type and name no signature can be looked up.",
			FR: "Le contrat est déclaré par sa référence ; sans type ni nom, aucune signature ne peut être recherchée.",
		}
		j.objects = append(j.objects, o)
		return
	}
	o.Value = declared.Type + "/" + declared.Name
	var best *Object // A signature in force decides; otherwise the last one that was found.
	each(j, contracts, func(c ContractSignature) {
		if c.Type != declared.Type || c.Name != declared.Name || best != nil && best.Result == Pass {
			return
		}
		one := o
		one.ID, one.Attribute, one.Result, one.Severity = "contract_signature/"+c.ID, "signed_at", Fail, Critical
		switch {
		case c.SignedAt == nil || c.SignedAt.After(j.now):
			one.Value = "null"
			one.Found = Text{EN: "The contract is not signed.", FR: "Le contrat n'est pas signé."}
		case c.ExpiresAt != nil && !c.ExpiresAt.After(j.now):
			date := c.ExpiresAt.UTC().Format(time.DateOnly)
			one.Attribute, one.Value = "expires_at", date
			one.Found = Text{EN: "The contract expired on " + date + ".", FR: "Le contrat a expiré le " + date + "."}
		default:
			date := c.SignedAt.UTC().Format(time.DateOnly)
			one.Value, one.Result, one.Severity = date, Pass, ""
			one.Found = Text{
				EN: fmt.Sprintf("The contract %s, version %d, was signed on %s.", o.Value, c.Version, date),
				FR: fmt.Sprintf("Le contrat %s, version %d, a été signé le %s.", o.Value, c.Version, date),
			}
		}
		best = &one
	})
	switch {
	case best != nil && (best.Result == Pass || contracts.Missing() == nil):
		j.objects = append(j.objects, *best)
	case best == nil && contracts.Missing() == nil:
		j.fail(o, Critical, "The API has no signature of the declared contract.",
			"L'API n'a aucune signature du contrat déclaré.")
	}
}
