/**
 * Data to try the page with.
 * @module
 */

/** @type {Record<string, {text: string, model: string | Record<string, any>}>} */
export const EXAMPLES = {
  "Saturation (Puromycin)": {
    text: "concentration\trate\n0.02\t76\n0.02\t47\n0.06\t97\n0.06\t107\n0.11\t123\n0.11\t139\n0.22\t159\n0.22\t152\n0.56\t191\n0.56\t201\n1.10\t207\n1.10\t200\n",
    model: "vmax * x / (km + x)",
  },
  "Dose and response, four wells": {
    text: "dose\tA1\tA2\tA3\tA4\n0.01\t4.8\t5.3\t5.1\t6.0\n0.03\t6.2\t5.1\t8.9\t5.8\n0.1\t12.1\t8.9\t20.4\t6.3\n0.3\t26.9\t15.8\t41.7\t5.7\n1\t53.1\t36.4\t70.2\t6.1\n3\t76.7\t63.0\t86.4\t5.9\n10\t90.9\t85.1\t95.6\t6.2\n30\t97.2\t94.3\t98.1\t5.8\n",
    model: { name: "logistic_4" },
  },
  "Decay, decimal commas": {
    text: "time;signal;sd\n0;10,02;0,1\n0,5;7,81;0,1\n1;6,12;0,1\n1,5;4,93;0,1\n2;3,91;0,1\n3;2,62;0,1\n4;1,94;0,1\n5;1,53;0,1\n7;1,18;0,1\n9;1,07;0,1\n",
    model: "a * exp(-x / tau) + c",
  },
  "Peak on a slope": {
    text: "energy\tcounts\n0\t21.1\n0.5\t22.3\n1\t22.9\n1.5\t25.2\n2\t29.8\n2.5\t41.0\n3\t58.7\n3.5\t74.9\n4\t77.1\n4.5\t62.3\n5\t46.6\n5.5\t36.4\n6\t32.1\n6.5\t31.9\n7\t32.4\n7.5\t33.6\n8\t34.0\n",
    model: { sum: [{ name: "gaussian" }, { name: "linear" }] },
  },
};
