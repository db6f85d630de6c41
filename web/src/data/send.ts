/** A large body on its way to the service: `fetch` tells nothing of how much went out. */

import { Refusal, refusalOf } from "./desk.ts";

/** Bytes that went out, of how many; the whole is the form, a little more than its files. */
export interface Sent {
  readonly sent: number;
  readonly whole: number;
}

/** Share of a body that went out, in whole percent. */
export const percentOf = ({ sent, whole }: Sent): number => (whole > 0 ? Math.min(100, Math.floor((100 * sent) / whole)) : 0);

/** Posts a form and hears how it goes; what the service answers, or its refusal. */
export function send<T>(address: string, form: FormData, headers: Readonly<Record<string, string>>, onSent: (sent: Sent) => void): Promise<T> {
  return new Promise((done, failed) => {
    const request = new XMLHttpRequest();
    request.open("POST", address);
    for (const [name, value] of Object.entries({ accept: "application/json", ...headers })) request.setRequestHeader(name, value);
    request.upload.addEventListener("progress", ({ loaded, total, lengthComputable }) => onSent({ sent: loaded, whole: lengthComputable ? total : 0 }));
    request.addEventListener("load", () => {
      const answer = new Response(request.responseText, { status: request.status, statusText: request.statusText });
      answered<T>(answer).then(done, failed);
    });
    // The browser does not say why: the line broke, or the service closed it.
    request.addEventListener("error", () => failed(new Refusal(0, "es: la conexión se cortó | en: the connection broke", [])));
    request.send(form);
  });
}

async function answered<T>(answer: Response): Promise<T> {
  if (!answer.ok) throw await refusalOf(answer);
  return (await answer.json()) as T;
}
