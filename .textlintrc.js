// What textlint holds the Japanese catalogue to: the preset for technical writing. Each change to it says why.
module.exports = {
  rules: {
    'preset-ja-technical-writing': {
      // The house's copy guide: about 40 characters a sentence; one with a date, an amount and a name in it may be twice that.
      'sentence-length': { max: 80 },
      // The preset's three commas are too few where a reason and a date stand in one sentence.
      'max-ten': { max: 4 },
      // Labels, buttons and headings are no sentences and end without a full stop.
      'ja-no-mixed-period': false,
      // Terms of the rules that nobody would write apart, as 消費生活相談窓口 or 在庫切れ通報一覧, are longer than six.
      'max-kanji-continuous-len': { max: 10 },
      // A question to a person may be printed with a question mark.
      'no-exclamation-question-mark': { allowFullWidthQuestion: true },
    },
  },
};
