package models

import (
	"context"
	"fmt"

	"hosho/models/seal"
)

// ExportEvents returns the chain of a claim as the actor may read it (ClaimEvents), with a
// seal: signed, so that whoever keeps both can show later that nothing was changed, taken out
// or cut off. Signatures are dated by the machine's clock. Kinds: NotFound.
func (s *Store) ExportEvents(ctx context.Context, by Actor, number string) ([]seal.Exported, seal.Seal, error) {
	id, side, err := s.claimSeen(ctx, by, number)
	if err != nil {
		return nil, seal.Seal{}, err
	}
	events, err := s.events(ctx, id, side)
	if err != nil {
		return nil, seal.Seal{}, err
	}
	return s.sealEvents(number, side, events)
}

func (s *Store) sealEvents(number string, side Side, events []Event) ([]seal.Exported, seal.Seal, error) {
	items := make([]seal.Exported, 0, len(events))
	for _, e := range events {
		items = append(items, e.exported())
	}
	sealed, err := seal.SealEvents(s.config.Keys.Seal, number, side.View(), s.MachineNow().Time(), items)
	if err != nil {
		return nil, seal.Seal{}, fmt.Errorf("seal events of %s: %w", number, err)
	}
	return items, sealed, nil
}

func (e Event) exported() seal.Exported {
	x := seal.Exported{Event: seal.Event{Seq: e.Seq, PrevHash: e.PrevHash, Hash: e.Hash}}
	if !e.Redacted {
		x.At, x.Actor, x.Type, x.Data = e.At.String(), seal.Actor{Role: string(e.ActorRole), ID: e.ActorID}, e.Type, e.Data
		x.Texts, x.Salts = e.Texts, e.Salts
	}
	return x
}

// SealKeys are the key that signs and those that did before.
func (s *Store) SealKeys() (current seal.PublicKey, retired []seal.PublicKey) {
	return s.config.Keys.Seal.Public(), s.config.Keys.Retired
}
