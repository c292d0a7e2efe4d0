/**
 * Keeps questions that people ask faster than they are answered in order.
 * @module
 */

/**
 * Return a function that asks at most one question at a time: of those that come meanwhile only the last is asked.
 * @template Question
 * @param {(question: Question) => Promise<void>} ask Handles its own errors.
 * @param {number} [pause] Milliseconds that a question waits for a newer one.
 * @returns {(question: Question) => void}
 */
export function latestOnly(ask, pause = 0) {
  /** @type {{question: Question} | null} */
  let waiting = null;
  let isBusy = false;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;

  async function next() {
    if (isBusy || waiting === null) return;
    const { question } = waiting;
    waiting = null;
    isBusy = true;
    try {
      await ask(question);
    } finally {
      isBusy = false;
      void next();
    }
  }

  return (question) => {
    waiting = { question };
    clearTimeout(timer);
    timer = setTimeout(next, pause);
  };
}
