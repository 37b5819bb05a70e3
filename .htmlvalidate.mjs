// What html-validate holds every page to: its recommended rules. Each exception says why.
export default {
  root: true,
  extends: ['html-validate:recommended'],
  rules: {
    // Either case is valid; ours is small.
    'doctype-style': ['error', { style: 'lowercase' }],
    // Check boxes that share a name are how HTML sends a list.
    'form-dup-name': ['error', { shared: ['radio', 'checkbox', 'button', 'submit'] }],
    // On a small screen a table is drawn as cards, and browsers then forget that it is a table unless roles say so.
    'no-redundant-role': 'off',
    // Lists, figures and the like may have a name of their own.
    'aria-label-misuse': ['error', { allowAnyNamable: true }],
  },
};
