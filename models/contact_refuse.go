package models

import "context"

// RefuseWithReason is RefuseContact with the words the buyer reads: the message and the
// refusal are one step. Only a member of the line's seller may. Kinds: those of
// RefuseContact, Invalid without a reason.
func (s *Store) RefuseWithReason(ctx context.Context, by Actor, in SendMessage) (Contact, error) {
	var contact Contact
	err := s.inTx(ctx, func(tx *Store) error {
		var err error
		if contact, err = tx.RefuseContact(ctx, by, in.OrderNumber, in.Line); err != nil {
			return err
		}
		_, err = tx.sendMessage(ctx, by, in)
		return err
	})
	return contact, err
}
